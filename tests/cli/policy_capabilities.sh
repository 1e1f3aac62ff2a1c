# What policies can use: the names that every policy leans on, with their types.
wb policy capabilities | grep -E '^(BUILTIN|count|sprintf|time.now_ns|glob.match|re_match|http.send|walk) ' | tr -s ' '
wb policy capabilities | tail -3
wb policy capabilities --json | grep -o '"v":1,"builtins":\['
wb policy capabilities --json | grep -o '{"name":"\(count\|walk\|rand.intn\|http.send\)",[^]]*\][^}]*}[^{]*'
# Every one that is listed is known to the compiler.
wb policy capabilities | sed -n '/^[a-z]/s/ .*//p' | sed '/^language:/,$d' >names
[ "$(wc -l <names)" -gt 150 ] || echo "few functions"
