package a
import rego.v1
allow if input.user.name == "a"
allow if input.user.name == "b"
allow if input.user.name == "ada"
allow if input.experiment == "x"
allow if input.user.name == "c"
f("a") := 1
f("b") := 2
f("c") := 3
f("d") := 4
p := f("d")
