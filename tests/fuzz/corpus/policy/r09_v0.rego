package t
deny[msg] { input.data[_].tags[_] == "PII"; msg = "no PII" }
deny[msg] { input.data[i].bytes > 5; msg = sprintf("%s is large", [input.data[i].name]) }
violation[{"msg": msg}] { msg := "from violation" }
warn[msg] { msg := "a warning" }
