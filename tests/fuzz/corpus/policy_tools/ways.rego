package t
default allow = false
allow { input.resource == "gpu"; input.requested <= 4 }
allow { input.resource == "data"
  input.tag != "PII"  ; not input.x
}
allow { some i; input.data[i].tags[_] == "X" } { input.y == $"a{input.z}b" }
