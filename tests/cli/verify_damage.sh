# One line a problem, status 1.
need_sandbox
project
try run -q -- sh -c 'echo x >out.txt'
try verify
try verify @
object=$(find .wb/objects -type f | xargs grep -lx x)
chmod u+w "$object"
echo y >"$object"
try verify
try verify --json
try artifacts cat @ out.txt
