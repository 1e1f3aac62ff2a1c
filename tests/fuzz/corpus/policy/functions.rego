package a
p := [regex.match("^a(b|c)*[^x-z]+?$", "abc"), regex.replace("a1b2", `([a-z])(\d)`, "$2${1}"), glob.match("*.{a,b}[!c]", ["."], "x.ad")]
q := [units.parse_bytes("1.5KiB"), units.parse("10m"), semver.compare("1.0.0-rc.1", "1.0.0+b"), uuid.parse("00000000-0000-1000-8000-000000000000")]
r := [net.cidr_merge(["10.0.0.0/24", "10.0.1.0/24"]), net.cidr_contains("::/0", "fe80::1/128"), net.cidr_expand("10.0.0.0/30")]
s := [time.format([1582977600500000000, "UTC", "Mon Jan _2 15:04:05.000 -07:00 2006"]), time.parse_ns("2006-01-02", "2020-02-29"), time.add_date(0, 1, -1, 40)]
t := json.patch({"a": [1, {2}]}, [{"op": "move", "from": "/a/0", "path": "/b"}, {"op": "add", "path": ["a", "-"], "value": 3}])
