

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
