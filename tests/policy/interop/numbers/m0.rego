package n

sums := [0.1 + 0.2, 1 / 3, 15.3 / 3, 9007199254740993 + 1, 12345678901234567890 * 10, -7 % 3, 1e3 + 1]
rounded := [floor(-0.5), ceil(-0.5), round(2.5), round(-2.5), floor(1.5), abs(-0.25)]
texts := [sprintf("%v", [x]) | some x in [1.0, 2.50, 1e3, 1e-7, 1e21, 123456789.125, 0.1]]
formats := [sprintf(f, [1.5]) | some f in ["%d", "%5.2f", "%e", "%g", "%x", "%s", "%q", "%08.3f", "%+v"]]
wholes := [sprintf(f, [65]) | some f in ["%d", "%5.2f", "%c", "%q", "%U", "%x", "%#x", "%08b", "%+d", "%-5d|"]]
same := {1, 1.0, 1e0}
order := sort([3, "a", null, true, {1}, [2], {"k": 1}, -1])
ints := [format_int(x, 10) | some x in [-1.5, -0.5, 0.5, 1.7]]
