wb show --help >a
wb show -h >b
wb help show >c
cmp a b
cmp a c
wb artifacts get --help >a
wb help artifacts get >b
cmp a b
wb --help >a
wb help >b
cmp a b
wb help --json | python3 -c 'import json, sys; d = json.load(sys.stdin); print(d["v"], len(d["commands"]) > 20)'
wb help run --json | python3 -c 'import json, sys; d = json.load(sys.stdin); print(d["usage"], [o["name"] for o in d["options"]][:3])'
for c in 'ls' 'policy' 'policy check'; do
	wb $c --help --json >a
	wb help --json $c >b
	cmp a b
done
