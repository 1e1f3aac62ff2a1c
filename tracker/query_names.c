/* The names that the filter language knows, and how its parsed form is written. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "base/text.h"
#include "tracker/query_ast.h"

static const struct query_name attributes[] = {
	{ "run_id", { "id" }, TYPE_TEXT, "r.uuid" },
	{ "run_name", { "name", "Run name" }, TYPE_TEXT, "r.name" },
	{ "status", { "state" }, TYPE_STATUS, "r.state" },
	{ "detail", { NULL }, TYPE_TEXT, "r.detail" },
	{ "start_time", { "created" }, TYPE_TIME, "r.start_ns" },
	{ "end_time", { NULL }, TYPE_TIME, "nullif(r.end_ns, 0)" },
	{ "duration", { NULL }, TYPE_DURATION, "(nullif(r.end_ns, 0) - r.start_ns)" },
	{ "experiment", { "experiment_name" }, TYPE_TEXT, "(SELECT e.name FROM experiments e WHERE e.id = r.experiment)" },
	{ "experiment_id", { NULL }, TYPE_TEXT, "CAST(r.experiment AS TEXT)" },
	{ "user_id", { "user" }, TYPE_TEXT, "r.user" },
	{ "host", { NULL }, TYPE_TEXT, "r.host" },
	{ "tree", { "code", "snapshot" }, TYPE_TEXT, "nullif(r.tree, '')" },
	{ "exit_code", { NULL }, TYPE_NUMBER, "nullif(r.exit_code, -1)" },
	{ "signal", { NULL }, TYPE_NUMBER, "nullif(r.signal, 0)" },
	{ "decision", { NULL }, TYPE_TEXT, "(SELECT d.decision FROM decisions d WHERE d.run = r.id)" },
	{ "denials", { NULL }, TYPE_NUMBER, "(SELECT coalesce(sum(d.count), 0) FROM denials d WHERE d.run = r.id)" },
};

/* The MLflow names digest and context mean the bytes' SHA-256 and what the data is tagged with. */
static const struct query_name datasets[] = {
	{ "name", { NULL }, TYPE_TEXT, "name" },
	{ "digest", { "sha256" }, TYPE_TEXT, "sha256" },
	{ "path", { NULL }, TYPE_TEXT, "path" },
	{ "tags", { "context" }, TYPE_TEXT, "tags" },
	{ "bytes", { "size" }, TYPE_NUMBER, "bytes" },
};

static const struct {
	const char *word;
	enum field_kind kind;
} prefixes[] = {
	{ "metrics", FIELD_METRIC },       { "metric", FIELD_METRIC },         { "params", FIELD_PARAM },
	{ "param", FIELD_PARAM },          { "parameters", FIELD_PARAM },      { "parameter", FIELD_PARAM },
	{ "tags", FIELD_TAG },             { "tag", FIELD_TAG },               { "attributes", FIELD_ATTRIBUTE },
	{ "attribute", FIELD_ATTRIBUTE },  { "attr", FIELD_ATTRIBUTE },        { "run", FIELD_ATTRIBUTE },
	{ "datasets", FIELD_DATASET },     { "dataset", FIELD_DATASET },       { "inputs", FIELD_DATASET },
};

enum { MAX_NAMES = 64 };

static bool word_is(const char *word, size_t n, const char *name)
{
	return name && strlen(name) == n && strncasecmp(word, name, n) == 0;
}

bool query_prefix_find(const char *word, size_t n, enum field_kind *out)
{
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
		if (word_is(word, n, prefixes[i].word)) {
			*out = prefixes[i].kind;
			return true;
		}
	}
	return false;
}

static const struct query_name *names_of(enum field_kind kind, size_t *out_count)
{
	*out_count = kind == FIELD_DATASET ? sizeof datasets / sizeof *datasets : sizeof attributes / sizeof *attributes;
	return kind == FIELD_DATASET ? datasets : attributes;
}

const struct query_name *query_name_find(enum field_kind kind, const char *word, size_t n)
{
	size_t count;
	const struct query_name *names = names_of(kind, &count);

	for (size_t i = 0; i < count; i++) {
		if (word_is(word, n, names[i].name))
			return &names[i];
		for (size_t a = 0; a < 3; a++) {
			if (word_is(word, n, names[i].aliases[a]))
				return &names[i];
		}
	}
	return NULL;
}

const char *query_prefix_nearest(const char *word)
{
	const char *words[MAX_NAMES];
	size_t n = 0;

	for (; n < sizeof prefixes / sizeof *prefixes; n++)
		words[n] = prefixes[n].word;
	return str_nearest(word, words, n);
}

const char *query_name_nearest(enum field_kind kind, const char *word)
{
	const char *words[MAX_NAMES];
	size_t count, n = 0;
	const struct query_name *names = names_of(kind, &count);

	for (size_t i = 0; i < count; i++) {
		words[n++] = names[i].name;
		for (size_t a = 0; a < 3 && names[i].aliases[a]; a++)
			words[n++] = names[i].aliases[a];
	}
	return str_nearest(word, words, n);
}

const char *compare_op_name(enum compare_op op)
{
	static const char *const names[] = {
		[OP_EQ] = "=",      [OP_NE] = "!=",       [OP_LT] = "<",  [OP_LE] = "<=",           [OP_GT] = ">",     [OP_GE] = ">=",
		[OP_LIKE] = "LIKE", [OP_ILIKE] = "ILIKE", [OP_IN] = "IN", [OP_BETWEEN] = "BETWEEN", [OP_NULL] = "IS NULL",
	};

	return names[op];
}

void query_field_format(struct buf *b, const struct query_field *f)
{
	static const char *const kinds[] = {
		[FIELD_ATTRIBUTE] = "", [FIELD_METRIC] = "metrics.", [FIELD_PARAM] = "params.",
		[FIELD_TAG] = "tags.",  [FIELD_DATASET] = "datasets.",
	};
	static const char *const aspects[] = {
		[ASPECT_LAST] = "", [ASPECT_MIN] = ".min", [ASPECT_MAX] = ".max", [ASPECT_COUNT] = ".count",
	};

	buf_puts(b, kinds[f->kind]);
	if (f->name)
		buf_puts(b, f->name->name);
	else
		buf_printf(b, "`%s`", f->key);
	buf_puts(b, aspects[f->aspect]);
}

static void format_value(struct buf *b, const struct query_value *v, enum field_type type)
{
	if (v->text)
		buf_printf(b, "'%s'", v->text);
	else if (type == TYPE_TIME || type == TYPE_DURATION)
		buf_printf(b, "%lldns", (long long)v->integer);
	else
		str_format_double(b, v->number);
}

static void format_compare(struct buf *b, const struct query_compare *c)
{
	query_field_format(b, &c->field);
	if (c->op == OP_NULL) {
		buf_puts(b, c->negated ? " IS NOT NULL" : " IS NULL");
		return;
	}
	buf_printf(b, " %s%s ", c->negated ? "NOT " : "", compare_op_name(c->op));
	for (size_t i = 0; i < c->value_count; i++) {
		if (i)
			buf_puts(b, c->op == OP_IN ? ", " : " AND ");
		format_value(b, &c->values[i], c->field.type);
	}
}

static void format_node(struct buf *b, const struct query_node *n)
{
	if (n->kind == NODE_COMPARE) {
		format_compare(b, &n->compare);
		return;
	}
	buf_puts(b, n->kind == NODE_NOT ? "(NOT " : "(");
	for (size_t i = 0; i < n->child_count; i++) {
		if (i)
			buf_puts(b, n->kind == NODE_AND ? " AND " : " OR ");
		format_node(b, n->children[i]);
	}
	buf_putc(b, ')');
}

void query_format(struct buf *b, const struct query *q)
{
	if (q->root)
		format_node(b, q->root);
}

/* Bytes of s up to a place where at most max columns have been passed, at a character's boundary. */
static size_t cut_forward(const char *s, size_t n, size_t max)
{
	size_t at = 0, columns = 0;

	while (at < n) {
		CLEANUP(buf_release) struct buf shown = BUF_INIT(64);
		uint32_t code;
		size_t length = str_utf8_decode(s + at, n - at, &code);

		length = length ? length : 1;
		text_escape(&shown, s + at, length);
		columns += text_width(buf_text(&shown), shown.len);
		if (columns > max)
			break;
		at += length;
	}
	return at;
}

void query_mark_format(struct buf *b, const struct query_mark *m, size_t width)
{
	CLEANUP(buf_release) struct buf before = BUF_INIT(QUERY_TEXT_MAX);
	size_t n, from = 0, lead, caret;

	if (!m->text)
		return;
	n = strlen(m->text);
	width = width < 20 ? 20 : width;
	/* The mark is to be seen with half a line before it. */
	while (m->start - from > width / 2) {
		size_t step = cut_forward(m->text + from, n - from, 1);

		from += step ? step : 1;
	}
	text_escape(b, m->text + from, cut_forward(m->text + from, n - from, width));
	buf_putc(b, '\n');
	text_escape(&before, m->text + from, m->start - from);
	lead = text_width(buf_text(&before), before.len);
	for (size_t i = 0; i < lead; i++)
		buf_putc(b, ' ');
	buf_clear(&before);
	text_escape(&before, m->text + m->start, m->length);
	caret = text_width(buf_text(&before), before.len);
	caret = caret + lead > width ? (width > lead ? width - lead : 1) : caret;
	buf_putc(b, '^');
	for (size_t i = 1; i < caret; i++)
		buf_putc(b, '~');
}
