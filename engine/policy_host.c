/* What policies are given to know: time zones of this machine, and YAML. */
#include "config.h"

#include "engine/policy_host.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/jval.h"
#include "base/str.h"
#include "engine/yamldoc.h"

/* ---- time zones ------------------------------------------------------------------------------------------ */

/* "Europe/Berlin", "Etc/GMT+1": words with single slashes between them, none of which leads out. */
static bool is_zone_name(const char *name)
{
	bool start = true;

	if (!*name || strlen(name) > 64)
		return false;
	for (; *name; name++) {
		if (*name == '/' ? start : !(isalnum((unsigned char)*name) || strchr("_+-", *name)))
			return false;
		start = *name == '/';
	}
	return !start;
}

static int zone(void *arg, const char *name, struct buf *out)
{
	CLEANUP(free) char *path = NULL;
	struct error ignored = { 0 };

	(void)arg;
	if (!is_zone_name(name))
		return -1;
	path = fs_join(POLICY_HOST_ZONES, name);
	return fs_read_file(AT_FDCWD, path, out, &ignored);
}

/* ---- YAML ------------------------------------------------------------------------------------------------ */

static bool is_word(const char *s, const char *const *words)
{
	for (; *words; words++)
		if (str_eq(s, *words))
			return true;
	return false;
}

/* 12, -3, +4, 0x1F, 0o17, 1_000 */
static bool is_integer(const char *s, int64_t *out)
{
	char digits[40];
	size_t n = 0;
	int base = 10;
	char *end;

	for (; *s && n < sizeof digits - 1; s++)
		if (*s != '_')
			digits[n++] = *s;
	digits[n] = '\0';
	s = digits + (*digits == '-' || *digits == '+');
	if (!isdigit((unsigned char)*s) || n == sizeof digits - 1)
		return false;
	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'o' || s[1] == 'b')) {
		base = s[1] == 'x' ? 16 : s[1] == 'o' ? 8 : 2;
		memmove(digits + (s - digits), s + 2, strlen(s + 2) + 1);
	} else if (s[0] == '0' && s[1]) {
		base = 8;
	}
	errno = 0;
	*out = strtoll(digits, &end, base);
	return !*end && !errno;
}

/* A decimal number that JSON writes the same, but for a sign or a missing digit. */
static bool is_real(const char *s)
{
	bool digits = false, mark = false;

	s += *s == '-' || *s == '+';
	for (; isdigit((unsigned char)*s); s++)
		digits = true;
	if (*s == '.')
		for (s++, mark = true; isdigit((unsigned char)*s); s++)
			digits = true;
	if (digits && (*s == 'e' || *s == 'E')) {
		s++;
		s += *s == '-' || *s == '+';
		mark = isdigit((unsigned char)*s);
		while (isdigit((unsigned char)*s))
			s++;
	}
	return digits && mark && !*s;
}

static void put_text(const char *s, struct buf *json)
{
	CLEANUP(jval_free) struct jval *v = jval_new_text(s);

	jval_format(v, JVAL_COMPACT, json);
}

static void put_scalar(const struct ynode *n, struct buf *json)
{
	static const char *const yes[] = { "true", "True", "TRUE", NULL };
	static const char *const no[] = { "false", "False", "FALSE", NULL };
	static const char *const none[] = { "", "~", "null", "Null", "NULL", NULL };
	int64_t i;

	if (n->is_quoted)
		put_text(n->text, json);
	else if (is_word(n->text, none))
		buf_puts(json, "null");
	else if (is_word(n->text, yes))
		buf_puts(json, "true");
	else if (is_word(n->text, no))
		buf_puts(json, "false");
	else if (is_integer(n->text, &i))
		buf_printf(json, "%lld", (long long)i);
	else if (is_real(n->text))
		buf_printf(json, "%.17g", strtod(n->text, NULL));
	else
		put_text(n->text, json);
}

/* As deep as YAMLDOC_DEPTH. */
static void put_node(const struct ynode *n, struct buf *json)
{
	if (n->kind == YNODE_TEXT) {
		put_scalar(n, json);
		return;
	}
	buf_putc(json, n->kind == YNODE_MAP ? '{' : '[');
	for (size_t i = 0; i < n->n; i++) {
		if (i)
			buf_putc(json, ',');
		if (n->kind == YNODE_MAP) {
			put_text(n->items[i].key, json);
			buf_putc(json, ':');
		}
		put_node(&n->items[i], json);
	}
	buf_putc(json, n->kind == YNODE_MAP ? '}' : ']');
}

static int yaml(void *arg, const char *text, size_t len, struct buf *json, struct error *err)
{
	CLEANUP(ydoc_release) struct ydoc doc = { 0 };

	(void)arg;
	if (ydoc_parse("yaml", text, len, &doc, err) < 0)
		return -1;
	put_node(&doc.root, json);
	return 0;
}

const struct policy_host policy_host_system = { .zone = zone, .yaml = yaml };
