# Turns a text file into a C function that returns it: awk -v name=FUNCTION -v header=HEADER -f embed.awk FILE
BEGIN {
	printf "/* Made by policy/embed.awk. */\n#include \"config.h\"\n\n#include \"%s\"\n\n", header
	printf "const char *%s(void)\n{\n\treturn", name
}
{
	# A backslash in a replacement is itself halved, and awks differ in how: built piece by piece instead.
	line = ""
	for (i = 1; i <= length($0); i++) {
		c = substr($0, i, 1)
		line = line (c == "\\" || c == "\"" ? "\\" c : c == "\t" ? "\\t" : c)
	}
	printf "\n\t\t\"%s\\n\"", line
}
END { print ";\n}" }
