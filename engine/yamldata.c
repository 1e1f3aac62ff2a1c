/* YAML as JSON. */
#include "config.h"

#include "engine/yamldata.h"

#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "engine/yamldoc.h"

static bool is_one_of(const char *text, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(text, words[i]) == 0)
			return true;
	return false;
}

/* word, Word or WORD: what YAML's core schema takes for it. */
static bool is_core_word(const char *text, const char *word)
{
	size_t low = strspn(text, "abcdefghijklmnopqrstuvwxyz"), high = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	size_t n = strlen(word);

	return strcasecmp(text, word) == 0 &&
	       (low == n || high == n || (high == 1 && strspn(text + 1, "abcdefghijklmnopqrstuvwxyz") == n - 1));
}

static size_t digits(const char *s)
{
	return strspn(s, "0123456789");
}

enum number { NUMBER_NONE, NUMBER_INT, NUMBER_REAL, NUMBER_UNCLEAR };

/* As JSON writes numbers, plus a leading '+' and a point without digits on one side. */
static enum number number_of(const char *text)
{
	const char *s = text + (*text == '-' || *text == '+');
	size_t whole = digits(s), fraction = 0;
	bool real = false;

	if (whole > 1 && *s == '0' && !s[whole])
		return NUMBER_UNCLEAR;
	if (whole == 1 && *s == '0' && (s[1] == 'x' || s[1] == 'o' || s[1] == 'b') && s[2])
		return NUMBER_UNCLEAR;
	s += whole;
	if (*s == '.') {
		real = true;
		fraction = digits(++s);
		s += fraction;
	}
	if (!whole && !fraction)
		return NUMBER_NONE;
	if (*s == 'e' || *s == 'E') {
		real = true;
		s += 1 + (s[1] == '-' || s[1] == '+');
		if (!digits(s))
			return NUMBER_NONE;
		s += digits(s);
	}
	return *s ? NUMBER_NONE : real ? NUMBER_REAL : NUMBER_INT;
}

static int unclear(const struct ydoc *doc, const struct ynode *n, struct error *err)
{
	ydoc_refuse(doc, n, err, "'%s' means one thing to one reader of YAML and another to the next", n->text);
	return error_hint(err, "in quotes it is a text; write true, false or a decimal number for the other thing");
}

static int number_to_jval(const struct ydoc *doc, const struct ynode *n, bool real, struct jval **out, struct error *err)
{
	const char *text = n->text + (*n->text == '+');
	double d;
	int64_t i;

	if (real ? str_parse_double(text, &d, err) < 0 : str_parse_i64(text, &i, err) < 0)
		return ydoc_locate(doc, n, err);
	*out = real ? jval_new_num(d) : jval_new_int(i);
	return 0;
}

static int text_to_jval(const struct ydoc *doc, const struct ynode *n, struct jval **out, struct error *err)
{
	static const char *const twofold[] = { "yes", "no", "on", "off", ".inf", "-.inf", "+.inf", ".nan" };
	enum number number = n->is_quoted ? NUMBER_NONE : number_of(n->text);

	if (n->is_quoted)
		*out = jval_new_text(n->text);
	else if (ynode_is_null(n) || is_core_word(n->text, "null"))
		*out = jval_new_null();
	else if (is_core_word(n->text, "true") || is_core_word(n->text, "false"))
		*out = jval_new_bool(*n->text == 't' || *n->text == 'T');
	else if (number == NUMBER_UNCLEAR || is_one_of(n->text, twofold, sizeof twofold / sizeof *twofold))
		return unclear(doc, n, err);
	else if (number != NUMBER_NONE)
		return number_to_jval(doc, n, number == NUMBER_REAL, out, err);
	else
		*out = jval_new_text(n->text);
	return 0;
}

/* As deep as YAMLDOC_DEPTH. */
static int node_to_jval(const struct ydoc *doc, const struct ynode *n, struct jval **out, struct error *err)
{
	CLEANUP(jval_free) struct jval *made = NULL;

	if (n->kind == YNODE_TEXT)
		return text_to_jval(doc, n, out, err);
	made = n->kind == YNODE_LIST ? jval_array() : jval_object();
	for (size_t i = 0; i < n->n; i++) {
		struct jval *item = NULL;

		if (node_to_jval(doc, &n->items[i], &item, err) < 0)
			return -1;
		if (n->kind == YNODE_LIST)
			jval_push(made, item);
		else
			jval_set(made, n->items[i].key, item);
	}
	*out = take_ptr(&made);
	return 0;
}

int yamldata_parse(const char *path, const char *text, size_t len, struct jval **out, struct error *err)
{
	CLEANUP(ydoc_release) struct ydoc doc = { 0 };

	if (ydoc_parse(path, text, len, &doc, err) < 0)
		return -1;
	if (doc.root.kind == YNODE_TEXT && !*doc.root.text) {
		*out = jval_object();
		return 0;
	}
	return node_to_jval(&doc, &doc.root, out, err);
}
