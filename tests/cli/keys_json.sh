# The keys of the full screen as data say what is printed for people.
wb ui --keys --json | python3 -c '
import json, sys
for line in sys.stdin:
    d = json.loads(line)
    assert list(d)[0] == "v" and d["v"] == 1 and d["place"] and d["help"], line
    if d["command"] in ("quit", "sort", "filter"):
        print(line.strip())
'
test "$(wb ui --keys --json | wc -l)" = "$(wb ui --keys | grep -c '^  ')" && echo as many
try ui --json
