#!/bin/sh
# The site's policy, in an /etc of the test's own: nobody gets round it, and one that others may have written decides
# nothing, not even yes. Run by root and by users.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
need_sandbox

# Root needs a mount namespace only; a user is root in a user namespace of its own.
if [ "$(id -u)" = 0 ]; then
	apart="unshare -m"
else
	apart="unshare -Urm"
fi
if ! $apart true 2>/dev/null; then
	echo "skipped: no mount namespace to be had ($apart)"
	exit 77
fi

etc=$WORK/etc
mkdir "$etc"
# What cannot be read here is not needed.
cp -a /etc/. "$etc/" 2>/dev/null || :
rm -rf "$etc/wb"
mkdir -p "$etc/wb/policy"
chmod 755 "$etc/wb" "$etc/wb/policy"
cat >"$etc/wb/policy/site.rego" <<'REGO'
package wb

import rego.v1

deny contains sprintf("at most %d GPUs on this machine", [data.limits.gpus]) if input.resources.gpus > data.limits.gpus
REGO
echo 'limits: {gpus: 2}' >"$etc/wb/policy/data.yaml"
chmod 644 "$etc/wb/policy"/*

# Runs a wb command where /etc is the test's own, and takes its status and what it says.
there() # STATUS ARG...
{
	want=$1
	shift
	printf '+ there: %s\n' "$*"
	status=0
	# shellcheck disable=SC2086
	$apart sh -c 'mount --bind "$0" /etc && exec "$@"' "$etc" "$@" >"$WORK/out" 2>"$WORK/err" || status=$?
	[ "$status" = "$want" ] || fail "$*: status $status instead of $want"
}

mkdir "$WORK/p"
cd "$WORK/p"
wb init -q
rm .wb/policy/*

# It decides where the project has no policy, and its denial names it.
there 1 wb policy explain --gpus 3 -- true
out_has "site policy: at most 2 GPUs on this machine"
out_has "/etc/wb/policy/site.rego:5"
there 120 wb run --gpus 3 -- true
err_has "site policy: at most 2 GPUs on this machine"
there 0 wb run -- true
there 0 wb policy check
out_has "/etc/wb/policy/site.rego"

# A project adds to it: rules and data of its own in the same places change nothing of the site's.
cat >.wb/policy/project.rego <<'REGO'
package wb

import rego.v1

allow := true

deny contains "no runs called never" if input.run.name == "never"
REGO
echo '{"limits": {"gpus": 100}}' >.wb/policy/data.json
there 1 wb policy explain --gpus 3 -- true
out_has "site policy: at most 2 GPUs"
there 1 wb policy explain --gpus 3 -n never -- true
out_has "site policy: at most 2 GPUs"
out_has "  - no runs called never"
there 1 wb policy explain -n never -- true
out_has "  - no runs called never"
there 0 wb policy explain --gpus 2 -- true

# Nothing that a user can set switches it off.
there 1 env WB_STORE=/nowhere XDG_DATA_HOME="$WORK" XDG_CONFIG_HOME="$WORK" HOME="$WORK" WB_POLICY=off \
	wb policy explain --gpus 3 -- true
there 1 wb --store "$WORK/p/.wb" policy explain --gpus 3 -- true

# One that others than root can write to is no site policy: refused, and nothing is recorded.
runs=$(find .wb/runs -mindepth 1 -maxdepth 1 | wc -l)
for loose in "$etc/wb" "$etc/wb/policy" "$etc/wb/policy/site.rego" "$etc/wb/policy/data.yaml"; do
	for mode in g+w o+w; do
		chmod $mode "$loose"
		case $loose in
		*.rego | *.yaml)
			there 120 wb run -- true
			;;
		*)
			there 125 wb run -- true
			;;
		esac
		err_has "can be written by others than root"
		there 2 wb policy check
		chmod go-w "$loose"
	done
done
there 0 wb run -- true

# A mistake in it refuses, too.
echo 'package wb {' >"$etc/wb/policy/broken.rego"
chmod 644 "$etc/wb/policy/broken.rego"
there 120 wb run -- true
err_has "/etc/wb/policy/broken.rego:1:12"
rm "$etc/wb/policy/broken.rego"
ln -s nowhere "$etc/wb/policy/gone.rego"
there 120 wb run -- true
rm "$etc/wb/policy/gone.rego"

# What a user cannot look into is not taken for empty.
if [ "$(id -u)" = 0 ]; then
	chown 1 "$etc/wb/policy/site.rego"
	there 120 wb run -- true
	err_has "belongs to user 1 and not to root"
	chown 0 "$etc/wb/policy/site.rego"
	chmod 755 "$WORK"
	chmod -R go+rX "$WORK/p"
	chmod 700 "$etc/wb/policy"
	there 2 setpriv --reuid 65534 --regid 65534 --clear-groups wb policy check
	err_has "Permission denied"
	chmod 755 "$etc/wb/policy"
	chmod 000 "$etc/wb/policy/site.rego"
	there 2 setpriv --reuid 65534 --regid 65534 --clear-groups wb policy check
	out_has "Permission denied"
	chmod 644 "$etc/wb/policy/site.rego"
	chmod 700 "$etc/wb"
	there 2 setpriv --reuid 65534 --regid 65534 --clear-groups wb policy check
	err_has "Permission denied"
fi
