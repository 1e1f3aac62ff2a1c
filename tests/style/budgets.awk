# Lengths of files and functions against the hard budgets of STYLE.md. A function's body
# opens with a brace in column 1 and closes with one: that is also the house style.
function file_end() {
	if (name ~ /\.h$/ && lines > 250)
		print name ": " lines " lines (a header has at most 250)"
	if (name ~ /\.c$/ && lines > 900)
		print name ": " lines " lines (a .c file has at most 900)"
}
FNR == 1 {
	if (name != "")
		file_end()
	name = FILENAME
	start = 0
}
{ lines = FNR }
/^[A-Za-z_].*\(/ { head = $0; sub(/\(.*/, "", head); sub(/.*[ *]/, "", head) }
/^\{/ { start = FNR }
/^\}/ {
	if (start && FNR - start - 1 > 80)
		print name ":" start ": " head "() has " FNR - start - 1 " lines (a function has at most 80)"
	start = 0
}
END { if (name != "") file_end() }
