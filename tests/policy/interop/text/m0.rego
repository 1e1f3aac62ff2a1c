package t

parts := split("a,b,,c", ",")
cut := [substring("h\u00e9llo", 1, 3), substring("abc", 1, -1), trim("xxaxx", "x"), trim_left("xxa", "x"), trim_space(" a\t")]
joined := concat("-", ["a", "b"])
case := [upper("h\u00e9llo"), lower("ÀB")]
found := [indexof("abc", "c"), indexof("abc", "z"), contains("abc", "b"), count("h\u00e9llo")]
formatted := [sprintf("%v %v", ["a", {"k": [1, {2}]}]), sprintf("%5s|%-5s|%.2s", ["ab", "cd", "efg"]), sprintf("%d", ["x"])]
template := $"n is {input.n}, none is {input.none}, list {[1, "x"]}"
json_text := json.marshal({"b": [1, "<&>"], "a": {"z", "y"}})
read := json.unmarshal("{\"a\": [1.50, 1e3]}")
matched := [regex.match(`^a+$`, "aaa"), regex.replace("foo bar", `(\w+) (\w+)`, "$2 $1"), regex.split(`\s+`, "a b  c")]
globbed := [glob.match("*.example.org", ["."], "api.example.org"), glob.match("*", [], "a.b")]
encoded := [base64.encode("hi"), hex.encode("hi"), urlquery.encode("a b&c"), crypto.sha256("x")]
