package t

trees := [[t | t := rego.parse_module("m.rego", m)] | some m in data.modules]
