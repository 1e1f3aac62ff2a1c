/* wb completion */
#include "config.h"

#include "base/str.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "cli/complete.h"

/*
 * Each script hands the words up to the cursor to `wb completion words` and shows
 * what it answers; all that is known of commands and options stays in wb.
 */

/* bash takes a word apart at = and :, which wb does not; pieces without a blank between them are put together again. */
static const char bash_script[] =
	"# bash completion of wb; made by `wb completion bash`.\n"
	"_wb()\n"
	"{\n"
	"\tlocal rest=$COMP_LINE stripped word line value i before='' glue=0\n"
	"\tlocal -a words=()\n"
	"\tCOMPREPLY=()\n"
	"\tfor ((i = 0; i <= COMP_CWORD; i++)); do\n"
	"\t\tword=${COMP_WORDS[i]}\n"
	"\t\tstripped=${rest#\"${rest%%[![:space:]]*}\"}\n"
	"\t\tif ((glue)) && [[ $stripped == \"$rest\" ]]; then\n"
	"\t\t\twords[${#words[@]} - 1]+=$word\n"
	"\t\telse\n"
	"\t\t\twords+=(\"$word\")\n"
	"\t\tfi\n"
	"\t\tglue=1\n"
	"\t\trest=${stripped#\"$word\"}\n"
	"\tdone\n"
	"\tword=${words[${#words[@]} - 1]}\n"
	"\tcase $word in\n"
	"\t*[=:]*) before=${word%\"${word##*[=:]}\"} ;;\n"
	"\tesac\n"
	"\twhile IFS= read -r line; do\n"
	"\t\tcase $line in\n"
	"\t\t:files) compopt -o filenames; mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- \"${word#\"$before\"}\") ;;\n"
	"\t\t:folders) compopt -o filenames; mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -d -- \"${word#\"$before\"}\") ;;\n"
	"\t\t:programs) mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -c -- \"$word\") ;;\n"
	"\t\t*)\n"
	"\t\t\tvalue=${line%%$'\\t'*}\n"
	"\t\t\tvalue=${value#\"$before\"}\n"
	"\t\t\tif [[ $value == *= ]]; then compopt -o nospace; else printf -v value %q \"$value\"; fi\n"
	"\t\t\tCOMPREPLY+=(\"$value\")\n"
	"\t\t\t;;\n"
	"\t\tesac\n"
	"\tdone < <(\"${words[0]}\" completion words -- \"${words[@]:1}\" 2>/dev/null)\n"
	"}\n"
	"complete -F _wb wb\n";

static const char zsh_script[] =
	"#compdef wb\n"
	"# zsh completion of wb; made by `wb completion zsh`.\n"
	"_wb()\n"
	"{\n"
	"\tlocal line value about\n"
	"\tlocal -a lines values\n"
	"\tlines=(\"${(@f)$(${(Q)words[1]} completion words -- \"${(@Q)words[2,CURRENT]}\" 2>/dev/null)}\")\n"
	"\tfor line in $lines; do\n"
	"\t\tcase $line in\n"
	"\t\t:files) _files ;;\n"
	"\t\t:folders) _files -/ ;;\n"
	"\t\t:programs) _command_names -e ;;\n"
	"\t\t*)\n"
	"\t\t\tvalue=${line%%$'\\t'*}\n"
	"\t\t\tabout=''\n"
	"\t\t\t[[ $line != *$'\\t'* ]] || about=${line#*$'\\t'}\n"
	"\t\t\tvalues+=(\"${value//:/\\\\:}:$about\")\n"
	"\t\t\t;;\n"
	"\t\tesac\n"
	"\tdone\n"
	"\t(( ! $#values )) || _describe -o wb values\n"
	"}\n"
	"if [[ $funcstack[1] = _wb ]]; then _wb \"$@\"; else compdef _wb wb; fi\n";

static const char fish_script[] =
	"# fish completion of wb; made by `wb completion fish`.\n"
	"function __wb_complete\n"
	"\tset -l before (commandline -opc)\n"
	"\tset -l current (commandline -ct)\n"
	"\tfor line in ($before[1] completion words -- $before[2..-1] \"$current\" 2>/dev/null)\n"
	"\t\tswitch $line\n"
	"\t\t\tcase :files\n"
	"\t\t\t\t__fish_complete_path \"$current\"\n"
	"\t\t\tcase :folders\n"
	"\t\t\t\t__fish_complete_directories \"$current\"\n"
	"\t\t\tcase :programs\n"
	"\t\t\t\t__fish_complete_command\n"
	"\t\t\tcase '*'\n"
	"\t\t\t\techo -- $line\n"
	"\t\tend\n"
	"\tend\n"
	"end\n"
	"complete -c wb -f -a '(__wb_complete)'\n";

static const struct shell {
	const char *name;
	const char *script;
} shells[] = {
	{ "bash", bash_script },
	{ "zsh", zsh_script },
	{ "fish", fish_script },
};

static int print_script(struct app *app, const struct shell *s)
{
	CLEANUP(jval_free) struct jval *v = NULL;

	if (!app->globals.json) {
		output_puts(&app->out, s->script);
		return STATUS_YES;
	}
	v = jval_object();
	jval_set_int(v, "v", 1);
	jval_set_text(v, "shell", s->name);
	jval_set_text(v, "script", s->script);
	output_json(&app->out, v);
	return STATUS_YES;
}

static int completion_run(struct app *app, const struct call *call, struct error *err)
{
	const char *name = call->operands[0];

	if (str_eq(name, "words")) {
		complete_print(app, call->operands + 1, call->count - 1);
		return STATUS_YES;
	}
	if (call->count > 1)
		return error_set(err, ERR_INVALID, "completion: '%s' is one word too many", call->operands[1]);
	for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++)
		if (str_eq(shells[i].name, name))
			return print_script(app, &shells[i]);
	error_set(err, ERR_INVALID, "completion: '%s' is no shell that is known here", name);
	return error_hint(err, "one of: bash, zsh, fish");
}

const struct command cmd_completion = {
	.name = "completion",
	.summary = "print what makes a shell complete wb's words",
	.group = GROUP_OPERATE,
	.operands = "bash|zsh|fish [WORD]…",
	.about = "Commands, options and their values, runs, metrics, tasks and profiles are completed.\n"
		 "'make install' puts the scripts where each shell looks; these lines are for where it\n"
		 "does not. The scripts ask 'wb completion words -- WORD…', which prints what may stand\n"
		 "in the place of the last WORD.",
	.examples = {
		{ "source <(wb completion bash)", "in ~/.bashrc" },
		{ "source <(wb completion zsh)", "in ~/.zshrc, after compinit" },
		{ "wb completion fish | source", "in ~/.config/fish/config.fish" },
	},
	.run = completion_run,
};
