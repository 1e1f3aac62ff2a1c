package t
import rego.v1
deny contains "no" if input.resources.gpus>4 # why
f(x):=x+1 if x>0 else := -1
test_a if count(deny)==1 with input as {"resources":{"gpus":5}}
test_b[n] := ok if { some n,v in {"a":1,"b":2}; ok := v<2 }
test_c if f(1)==3
todo_test_d if false
test_e contains 1 if true
