samples
cat >check.py <<'PY'
import json, sys
for line in sys.stdin:
    d = json.loads(line)
    assert list(d)[0] == "v" and d["v"] == 1, line
    print(sys.argv[1], len(d) > 1)
PY
for c in 'version' 'ls -n 1' 'show @' 'show 000018c19236' 'metrics @' 'metrics @ acc' 'tag @' 'note @' 'diff @ @~1' \
	'artifacts ls @' 'config ui.color' 'help' 'completion zsh' 'completion words -- ex' 'verify calm-otter-3'; do
	wb --json $c 2>/dev/null | python3 check.py "${c%% *}" | uniq
done
