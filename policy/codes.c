/* What each finding's number means, for `wb policy check --explain`. */
#include "config.h"

#include "policy/policy.h"

#include <string.h>

#include "base/str.h"

static const struct policy_code codes[] = {
	{ "P0101", "rego_parse_error", "the text is not Rego",
	  "Something stands where the language has no place for it, or something it needs is missing.\n"
	  "The caret shows the first word that does not fit; what is wrong often stands just before it.",
	  "package team\nallow if { input.resources.gpus <= }\n", "package team\nallow if { input.resources.gpus <= 4 }\n" },
	{ "P0102", "rego_parse_error", "a text in quotes is broken",
	  "A text ends on its own line, and knows the escapes of JSON only. Backticks hold text without escapes,\n"
	  "over several lines too: right for regular expressions.",
	  "package team\nname := \"\\d+\"\n", "package team\nname := `\\d+`\n" },
	{ "P0103", "rego_parse_error", "a number is not written as JSON writes it",
	  "No leading zeros, no point without digits on both sides, no 0x, no underscores.",
	  "package team\nlimit := 007\n", "package team\nlimit := 7\n" },
	{ "P0104", "rego_parse_error", "the file is larger or deeper than the limits",
	  "A file has at most 1 MiB, 20 000 lines and 10 000 rules, and expressions nest 128 deep. Split it.", NULL, NULL },
	{ "P0105", "rego_parse_error", "a body needs 'if'",
	  "In Rego version 1 'if' stands between a rule's head and its body. Files in the older style still work:\n"
	  "without --v1 each file is read as what it is.",
	  "package team\nimport rego.v1\nallow { input.resources.gpus <= 4 }\n", "package team\nimport rego.v1\nallow if { input.resources.gpus <= 4 }\n" },
	{ "P0106", "rego_parse_error", "a set's rule needs 'contains'",
	  "In Rego version 1 a rule that adds members to a set says so.",
	  "package team\nimport rego.v1\ndeny[msg]\n", "package team\nimport rego.v1\ndeny contains \"no\"\n" },
	{ "P0107", "rego_parse_error", "this cannot be a rule's head",
	  "A rule is NAME := VALUE, NAME if { ... }, NAME contains MEMBER if { ... } or NAME(ARGUMENTS) := VALUE;\n"
	  "a name alone says nothing.",
	  "package team\nallow\n", "package team\nallow := true\n" },
	{ "P0108", "rego_parse_error", "a default has to be known beforehand",
	  "A default is what the rule is when none of its bodies holds: a constant, or a comprehension. It asks nothing.",
	  "package team\ndefault limit := input.limit\n", "package team\ndefault limit := 4\n" },
	{ "P0109", "rego_parse_error", "there is no such import",
	  "Imports name packages (data.…), parts of the input (input.…), or the language's own: rego.v1 and\n"
	  "future.keywords.",
	  "package team\nimport limits\n", "package team\nimport data.limits\nmax := limits.max\n" },
	{ "P0110", "rego_parse_error", "'else' has nothing to be the else of",
	  "An else takes over where the body before it does not hold: so there has to be a body, and just one, and the\n"
	  "rule gives one value.",
	  "package team\nlimit := 4 else := 8\n", "package team\nlimit := 4 if { input.small } else := 8\n" },
	{ "P0201", "rego_unsafe_var_error", "a name never gets a value",
	  "Every name has to be found somewhere: in what := gives it, in a collection that `some x in` goes through, in a\n"
	  "reference. Comparisons, 'not' and functions only look at values. Most often it is a slip of the pen.",
	  "package team\nallow if { gpus <= 4 }\n", "package team\nallow if { input.resources.gpus <= 4 }\n" },
	{ "P0202", "rego_recursion_error", "a rule needs itself",
	  "Following what each rule asks leads back to where it started, so it could never be worked out.",
	  "package team\na if b\nb if a\n", "package team\na if b\nb if input.ok\n" },
	{ "P0203", "rego_compile_error", "a name is declared wrongly",
	  "A local is declared once, before it is used. To compare, write ==.",
	  "package team\np if { x := 1; x := 2 }\n", "package team\np if { x := 1; x == 1 }\n" },
	{ "P0204", "rego_compile_error", "a name hides something",
	  "Rules and locals may not be called input or data, and two imports may not share a name.",
	  "package team\nimport rego.v1\np if { input := 1; input == 1 }\n",
	  "package team\nimport rego.v1\np if { given := 1; given == 1 }\n" },
	{ "P0205", "rego_compile_error", "'with' cannot replace this",
	  "Only the whole of a rule can be replaced, by its constant path.",
	  "package team\nlimits := {\"max\": 4}\np if { limits.max == 8 with data.team.limits.max as 8 }\n",
	  "package team\nlimits := {\"max\": 4}\np if { limits.max == 8 with data.team.limits as {\"max\": 8} }\n" },
	{ "P0206", "rego_compile_error", "something is declared and never used",
	  "Often the sign of a slip: the name that was meant stands elsewhere, spelt otherwise.",
	  "package team\np if { some x; input.y }\n", "package team\np if { some x; input.y[x] }\n" },
	{ "P0301", "rego_type_error", "rules of one name do not fit together",
	  "All rules of a name are of one kind: values, members of a set, or functions of as many arguments; there is one\n"
	  "default; and nothing lies below a rule that gives a value.",
	  "package team\np := 1\np contains 2\n", "package team\np contains 1\np contains 2\n" },
	{ "P0302", "rego_type_error", "there is no such function",
	  "Neither the language nor a rule has this name. Functions of other packages are called by their whole path.",
	  "package team\np if { cuont(input.xs) > 1 }\n", "package team\np if { count(input.xs) > 1 }\n" },
	{ "P0303", "rego_type_error", "too many or too few arguments",
	  "A function is called with as many arguments as it is declared with.",
	  "package team\np if { startswith(input.name) }\n", "package team\np if { startswith(input.name, \"a\") }\n" },
	{ "P0304", "rego_type_error", "this can never be: the kinds of value do not fit",
	  "A number is never equal to a text, and a function that takes texts has no answer for a number. The rule would\n"
	  "never hold, whatever the input.",
	  "package team\np if { count(input.xs) == \"3\" }\n", "package team\np if { count(input.xs) == 3 }\n" },
	{ "P0305", "rego_type_error", "this function is gone",
	  "It was there before version 1 of the language; the message names it.",
	  "package team\nimport rego.v1\np if { any([input.a, input.b]) }\n",
	  "package team\nimport rego.v1\np if { true in [input.a, input.b] }\n" },
	{ "P0306", "rego_type_error", "there is never a value here",
	  "The rule it looks into has no such key: what it can be is known, and this is not among it.",
	  "package team\nlimits := {\"gpus\": 4}\np := limits.gpu\n", "package team\nlimits := {\"gpus\": 4}\np := limits.gpus\n" },
	{ "P0307", "rego_type_error", "'with' replaces input, data or a function",
	  "What stands behind 'with' is input or a path below it, data or a path below it, a rule, or a function.",
	  "package team\np if { input.x == 1 with thing as 1 }\n", "package team\np if { input.x == 1 with input.x as 1 }\n" },
	{ "P0401", "rego_lint", "'deny[msg] if' makes an object",
	  "With 'if' the brackets name a key, so messages become keys of an object whose values are true.",
	  "package team\nimport rego.v1\ndeny[msg] if { msg := \"no\" }\n",
	  "package team\nimport rego.v1\ndeny contains msg if { msg := \"no\" }\n" },
	{ "P0402", "rego_lint", "the files are in two dialects",
	  "Each file is read as what it is, so they work together here; opa wants all of them in one.", NULL, NULL },
	{ "P0403", "rego_lint", "a rule has an operator's name",
	  "In opa such a rule changes what the operator does. Here it does not; another name is better all the same.",
	  "package team\nlt(a, b) if { a < b }\n", "package team\nless(a, b) if { a < b }\n" },
	{ "P0404", "rego_lint", "a denial that a missing field switches off",
	  "Where the field is not there, 'not … in', != and messages about it have no value, and the whole rule no answer:\n"
	  "nothing is denied. Say what happens without the field, or write down what is allowed instead.",
	  "package team\nimport rego.v1\ndeny contains \"tag\" if { not input.params.label in [\"a\", \"b\"] }\n",
	  "package team\nimport rego.v1\ndeny contains \"tag\" if { not approved }\napproved if { input.params.label in [\"a\", \"b\"] }\n" },
	{ "P0405", "rego_lint", "no input has this field",
	  "wb fills the input, and knows all its fields: `wb policy fields` lists them. A rule that asks for another one\n"
	  "never gets an answer.",
	  "package team\nimport rego.v1\ndeny contains \"many\" if { input.resources.gpu > 4 }\n",
	  "package team\nimport rego.v1\ndeny contains \"many\" if { input.resources.gpus > 4 }\n" },
	{ "P0406", "rego_lint", "nobody asks this rule",
	  "wb asks allow, deny, violation and warn of every package. A name close to one of them is likely meant to be it.",
	  "package team\nimport rego.v1\ndenny contains \"no\" if { input.resources.gpus > 4 }\n",
	  "package team\nimport rego.v1\ndeny contains \"no\" if { input.resources.gpus > 4 }\n" },
	{ "P0407", "rego_lint", "an order is asked of what may be anything",
	  "null < false < 1 < \"a\" < [] in this language: a missing number that came as null is below every limit.\n"
	  "Ask is_number() as well. wb's own fields are checked before any rule, and need no guard.",
	  "package team\nimport rego.v1\nok if { input.params.size <= 4 }\n",
	  "package team\nimport rego.v1\nok if { is_number(input.params.size); input.params.size <= 4 }\n" },
	{ "P0408", "rego_lint", "an allow that != opens",
	  "Everything else passes: null, another spelling, a list that holds the word. Name what is allowed.",
	  "package team\nimport rego.v1\nallow if { input.tag != \"PII\" }\n",
	  "package team\nimport rego.v1\nallow if { input.tag in [\"public\", \"internal\"] }\n" },
	{ "P0409", "rego_lint", "collections are gone through against each other",
	  "Three loops in one body that nothing joins run as often as their sizes multiplied: thousands of entries take\n"
	  "longer than any budget. Look entries up by key, or join the loops by a condition on both.",
	  "package team\nimport rego.v1\np if { some a in input.xs; some b in input.ys; some c in input.zs; a.n + b.n > c.n }\n",
	  "package team\nimport rego.v1\np if { some k, a in input.xs; b := input.ys[k]; a.n > b.n }\n" },
	{ "P0501", "eval_*", "the evaluation ended with an error",
	  "Two rules gave different values for one name, an object got one key twice, or, where builtins are asked to be\n"
	  "strict, one of them had no answer. Nothing is decided by half: a decision that ends so denies.", NULL, NULL },
	{ "P0502", "eval_limit_error", "a budget is used up",
	  "A decision has so many steps, so much memory and time, and rules call each other so deep. Past that it denies\n"
	  "and names the place.", NULL, NULL },
	{ "P0601", "load_error", "a file could not be taken",
	  "It could not be read, is no JSON, or its data is there already with another value.", NULL, NULL },
};

const struct policy_code *policy_code_find(const char *id)
{
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (str_eq(codes[i].id, id))
			return &codes[i];
	return NULL;
}

const struct policy_code *policy_code_at(size_t i)
{
	return i < sizeof codes / sizeof *codes ? &codes[i] : NULL;
}
