package older

default allow = false

allow {
	input.resource == "gpu"
	input.requested <= 4
}

allow {
	input.resource == "data"
	input.tag != "PII"
}

deny[msg] {
	x := input.items[_]
	x.n > 2
	msg := sprintf("too many of %v", [x.id])
}

sizes[id] = n {
	item := input.items[_]
	id := item.id
	n := item.n
}

flags.on { input.requested == 4 }

double(x) = y { y := x * 2 }

doubled := [double(i.n) | i := input.items[_]]

late = "no" { not input.missing > 2 } else = "yes" { true }
