# The canonical form of policies: comments stay, meaning stays, and formatting again changes nothing.
cat >ugly.rego <<'REGO'


# top comment
package   team   # trailing
import data.x as   y


default allow:=false
allow {
input.x==1;input.y   !=  -2


   # inner
   some   x in[1,2 ,3]   # tail
	x>-1
	y := {"a":1,"b" : [1,
2,
   3]}
z := [q|q:=input.x[_];q>1]


}
deny[msg] { input.gpus>4;msg:=sprintf("%d",[input.gpus]) }
f(a,b):=a+b
  g(a) := -a - 1 { true }
else := 3 { a == 4
}
long := input.a +
input.b
h[ x ] = {"k": v} { x := input.k ; v = `raw
   string` }
p { not input.x; not  startswith( input.y , "z" ) } { input.z }
# end
REGO
cat >modern.rego <<'REGO'
package team
import rego.v1
deny contains msg if { input.gpus>4
msg:="many"

# the end of it
}   # of deny
allow if every x in input.xs { x<3;x>0;
x != 2 }
ok(x) if x in{1,2}
sum := x+y*-1 if{x:=1;y:=2}
REGO
try policy fmt ugly.rego
try policy fmt modern.rego
wb policy fmt ugly.rego | wb policy fmt >twice.rego
wb policy fmt ugly.rego | cmp - twice.rego
try policy fmt --check "$SRC/examples/policies" "$SRC/policy/starter.rego"
try policy fmt --check modern.rego twice.rego ugly.rego
try policy fmt -d modern.rego twice.rego
try policy fmt --check --json modern.rego twice.rego
chmod 640 modern.rego
ln -s modern.rego link.rego
try policy fmt -w link.rego ugly.rego
try policy fmt --check modern.rego link.rego ugly.rego
[ -L link.rego ] || echo "the link was replaced"
stat -c %a modern.rego
echo 'package x' | try policy fmt
echo 'package x {' | try policy fmt
echo 'package x' | try policy fmt -w -
try policy fmt nowhere.rego
