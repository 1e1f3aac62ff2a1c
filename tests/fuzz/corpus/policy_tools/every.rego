package t
import rego.v1
# m
allow if {
every x in input.data { x.age_days<=0
 # c
 count(x.tags)> -1 }
  y := [a|some a in [1,2]; a>1]
}
else := false if { input.a[`raw
x`] }


p.q[r] := {"a":{1,2},} if some r in [1]
