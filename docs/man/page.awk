# Turns `wb help COMMAND` into a manual page (mdoc); for a subcommand (part=yes) into a section of its command's page.

function text(s) # escaped for mdoc
{
	gsub(/\\/, "\\e", s)
	gsub(/^[.']/, "\\\\\\&&", s)
	return s
}

# Sentences of running text, each on a line of its own.
function sentences(s,    n, part, i)
{
	n = split(s, part, /[.] /)
	for (i = 1; i <= n; i++)
		print text(part[i] (i < n ? "." : ""))
}

function title(s)
{
	print (part == "" ? ".Sh " : ".Ss ") s
}

# The same for what is typed as it stands: its dashes stay dashes.
function typed(s)
{
	s = text(s)
	gsub(/-/, "\\-", s)
	return s
}

function close_list()
{
	if (open != "")
		print ".El"
	open = ""
}

function tags()
{
	if (open == "")
		print ".Bl -tag -width 15n"
	open = "yes"
}

# "  -e, --experiment NAME    words": the flag, and what it is about.
function option(line,    at, left, n, word, i, out)
{
	sub(/^ +/, "", line)
	at = match(line, /  +/)
	left = at ? substr(line, 1, at - 1) : line
	tags()
	out = ".It"
	n = split(left, word, " ")
	for (i = 1; i <= n; i++) {
		if (word[i] ~ /^-/) {
			gsub(/,$/, " ,", word[i])
			gsub(/-/, "\\-", word[i])
			sub(/^\\-/, "", word[i])
			out = out " Fl " word[i]
		} else
			out = out " Ar " text(word[i])
	}
	print out
	if (at)
		print text(substr(line, at + RLENGTH))
}

NR == 1 {
	path = summary = $0
	sub(/: .*/, "", path)
	sub(/^[^:]*: /, "", summary)
	page = path
	gsub(/ /, "-", page)
	if (part == "") {
		print ".\\\" Made from `" path " --help`."
		print ".Dd " date
		print ".Dt " toupper(page) " 1"
		print ".Os wb " version
		print ".Sh NAME"
		print ".Nm " page
		print ".Nd " text(summary)
	} else {
		print ".Sh " toupper(path)
		print text(toupper(substr(summary, 1, 1)) substr(summary, 2)) "."
	}
	next
}
/^--json, --store DIR/ {
	close_list()
	next
}
/^Usage$/ { close_list(); if (part == "") print ".Sh SYNOPSIS"; in_what = "usage"; next }
/^Commands$/ { close_list(); title("COMMANDS"); in_what = "commands"; next }
/^Options$/ { close_list(); title("OPTIONS"); in_what = "options"; next }
/^Examples$/ { close_list(); title("EXAMPLES"); in_what = "examples"; next }
/^$/ {
	gap = in_what == "about"
	next
}
in_what == "usage" && /^  / {
	sub(/^ +/, "")
	print (part == "" ? "" : ".Pp\n") ".Bd -literal -compact\n" typed($0) "\n.Ed"
	next
}
/^[^ ]/ {
	if (in_what == "usage") {
		gap = 0
		in_what = "about"
		print part == "" ? ".Sh DESCRIPTION" : ".Pp"
	}
	if (gap)
		print ".Pp"
	gap = 0
	sentences($0)
	next
}
in_what == "options" {
	option($0)
	next
}
in_what == "commands" {
	sub(/^ +/, "")
	tags()
	print ".It Cm " $1
	sub(/^[^ ]+ +/, "")
	print text($0)
	next
}
in_what == "examples" && /^      / {
	sub(/^ +/, "")
	if (examples++)
		print ".Pp"
	print text(toupper(substr($0, 1, 1)) substr($0, 2)) (/[?.]$/ ? "" : ":")
	print ".Bd -literal -offset indent\n" typed(line) "\n.Ed"
	next
}
in_what == "examples" {
	sub(/^ +/, "")
	line = $0
	next
}
END { close_list() }
