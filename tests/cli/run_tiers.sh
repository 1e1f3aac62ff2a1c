# Tiers that are asked for, and the call filter.
need_sandbox
project
# What confines a run, of its record.
confined()
{
	wb show --json @ | python3 -c 'import json, sys
s = json.load(sys.stdin)["sandbox"]
print("tier", s["tier"], "filter", s["profile"]["name"], "layers", *s["layers"])
for m in s["missing"]:
    print("  missing", m["layer"] + ":", m["what"], "/", m["instead"])'
}
try_run run --tier 3 -- true
try_run run --dry-run --tier 3 -- true | sed -n 1,3p
sed -i 's/^weakest_tier := 2/weakest_tier := 3/' .wb/policy/starter.rego
try_run run --tier 3 -- sh -c 'test -r "$HOME" && echo sees the home folder'
confined
rm .wb/policy/starter.rego
try_run run --tier 3 -- true
try_run run --tier 2 --tier-min 1 -- true
try_run run --tier 2 -q -- true
confined | sed -n 1,3p
try_run config run.tier_min 2
try_run run --tier 3 -- true
try_run config run.tier_min 1
try_run run --tier 2 -- true
try_run run --tier 2 --workdir overlay --tier-min 3 -- true
rm .wb/config.yaml
echo 'tier_min: 1' >wb.yaml
try_run run --tier 2 -- true
rm wb.yaml
try_run run --tier 2 --workdir overlay -- true
for how in auto copy overlay; do
	try_run run -q --workdir $how -- sh -c 'echo kept >made; rm -f run_tiers_none; ls'
	try_run artifacts cat @ made
done
printf 'include ml\nallow splice tee # a loader moves bytes by them\n' >own.profile
try_run run -q --sandbox-profile ./own.profile -- true
confined
try_run run -q --sandbox-profile compat -- true
confined
wb show @ | sed -n 's/^sandbox .*\(; call filter.*\)/the page:\1/p'
printf 'include ml\nallow ptrace\n' >bad.profile
try_run run --sandbox-profile ./bad.profile -- true
printf 'include ml\nallow slice\n' >bad.profile
try_run run --sandbox-profile ./bad.profile -- true
try_run run --sandbox-profile ./none.profile -- true
try_run run --sandbox-profile strict -- true
