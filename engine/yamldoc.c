/* YAML text to a tree with places. */
#include "config.h"

#include "engine/yamldoc.h"

#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <yaml.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"

struct reader {
	const char *path;
	const char *text;
	size_t len;
	size_t nodes;
	/* libyaml counts characters; a text's place is kept in bytes. The last pair asked for, as they only grow. */
	size_t at_char, at_byte;
	yaml_parser_t parser;
	yaml_event_t event;
	bool has_event;
};

static void ynode_release(struct ynode *n)
{
	for (size_t i = 0; i < n->n; i++)
		ynode_release(&n->items[i]);
	free(n->items);
	free(n->key);
	free(n->text);
	*n = (struct ynode){ 0 };
}
DEFINE_CLEANUP_VALUE(ynode_release, struct ynode);

void ydoc_release(struct ydoc *d)
{
	ynode_release(&d->root);
	free(d->path);
	*d = (struct ydoc){ 0 };
}

/* --- events --- */

static int refuse_here(const struct reader *r, const char *what, struct error *err)
{
	return error_set(err, ERR_INVALID, "%s:%zu:%zu: %s", r->path, r->event.start_mark.line + 1,
			 r->event.start_mark.column + 1, what);
}

static size_t line_of(const char *text, size_t offset)
{
	size_t line = 1;

	for (size_t i = 0; i < offset; i++)
		line += text[i] == '\n';
	return line;
}

static int refuse_syntax(const struct reader *r, struct error *err)
{
	const yaml_parser_t *p = &r->parser;
	const char *problem = p->problem ? p->problem : "this is not YAML";

	if (p->error == YAML_READER_ERROR)
		return error_set(err, ERR_INVALID, "%s:%zu: %s", r->path,
				 line_of(r->text, p->problem_offset < r->len ? p->problem_offset : r->len), problem);
	return error_set(err, ERR_INVALID, "%s:%zu:%zu: %s", r->path, p->problem_mark.line + 1, p->problem_mark.column + 1,
			 problem);
}

static int next_event(struct reader *r, struct error *err)
{
	if (r->has_event)
		yaml_event_delete(&r->event);
	r->has_event = yaml_parser_parse(&r->parser, &r->event);
	return r->has_event ? 0 : refuse_syntax(r, err);
}

static size_t byte_at(struct reader *r, size_t chars)
{
	while (r->at_char < chars && r->at_byte < r->len) {
		do
			r->at_byte++;
		while (r->at_byte < r->len && ((unsigned char)r->text[r->at_byte] & 0xc0) == 0x80);
		r->at_char++;
	}
	return r->at_byte;
}

/* --- the tree --- */

static int read_node(struct reader *r, int depth, struct ynode *out, struct error *err);

/* Whatever could make a small file large, or mean more than it shows. */
static int check_plain(const struct reader *r, const yaml_char_t *anchor, const yaml_char_t *tag, struct error *err)
{
	if (anchor)
		return refuse_here(r, "anchors (&) are not understood here", err);
	return tag ? refuse_here(r, "tags (!) are not understood here", err) : 0;
}

static int read_text(struct reader *r, struct ynode *out, struct error *err)
{
	const char *value = (const char *)r->event.data.scalar.value;

	if (check_plain(r, r->event.data.scalar.anchor, r->event.data.scalar.tag, err) < 0)
		return -1;
	if (r->event.data.scalar.length != strlen(value))
		return refuse_here(r, "the text holds a NUL byte", err);
	out->kind = YNODE_TEXT;
	out->text = mem_strdup(value);
	out->is_quoted = r->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	out->start = byte_at(r, r->event.start_mark.index);
	out->end = byte_at(r, r->event.end_mark.index);
	return 0;
}

static void push_item(struct ynode *parent, struct ynode *item)
{
	mem_reserve(&parent->items, &parent->cap, parent->n + 1);
	parent->items[parent->n++] = *item;
	*item = (struct ynode){ 0 };
}

static int read_list(struct reader *r, int depth, struct ynode *out, struct error *err)
{
	if (check_plain(r, r->event.data.sequence_start.anchor, r->event.data.sequence_start.tag, err) < 0)
		return -1;
	out->kind = YNODE_LIST;
	out->is_flow = r->event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
	for (;;) {
		CLEANUP(ynode_release) struct ynode item = { 0 };

		if (next_event(r, err) < 0)
			return -1;
		if (r->event.type == YAML_SEQUENCE_END_EVENT)
			return 0;
		if (read_node(r, depth + 1, &item, err) < 0)
			return -1;
		push_item(out, &item);
	}
}

static int read_key(struct reader *r, const struct ynode *map, struct ynode *item, struct error *err)
{
	const char *key = (const char *)r->event.data.scalar.value;
	const struct ynode *first;

	if (r->event.type == YAML_ALIAS_EVENT)
		return refuse_here(r, "aliases (*) are not understood here", err);
	if (r->event.type != YAML_SCALAR_EVENT)
		return refuse_here(r, "a key is expected", err);
	if (check_plain(r, r->event.data.scalar.anchor, r->event.data.scalar.tag, err) < 0)
		return -1;
	if (r->event.data.scalar.length != strlen(key))
		return refuse_here(r, "the key holds a NUL byte", err);
	first = ynode_find(map, key);
	if (first)
		return error_set(err, ERR_INVALID, "%s:%zu:%zu: '%.100s' is there a second time (first in line %zu)", r->path,
				 r->event.start_mark.line + 1, r->event.start_mark.column + 1, key, first->key_line);
	item->key = mem_strdup(key);
	item->key_line = r->event.start_mark.line + 1;
	item->key_col = r->event.start_mark.column + 1;
	return 0;
}

static int read_map(struct reader *r, int depth, struct ynode *out, struct error *err)
{
	if (check_plain(r, r->event.data.mapping_start.anchor, r->event.data.mapping_start.tag, err) < 0)
		return -1;
	out->kind = YNODE_MAP;
	out->is_flow = r->event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
	for (;;) {
		CLEANUP(ynode_release) struct ynode item = { 0 };

		if (next_event(r, err) < 0)
			return -1;
		if (r->event.type == YAML_MAPPING_END_EVENT)
			return 0;
		if (read_key(r, out, &item, err) < 0 || next_event(r, err) < 0 || read_node(r, depth + 1, &item, err) < 0)
			return -1;
		push_item(out, &item);
	}
}

/* The node that the event at hand begins; ends at its last event. */
static int read_node(struct reader *r, int depth, struct ynode *out, struct error *err)
{
	if (depth > YAMLDOC_DEPTH)
		return refuse_here(r, "this is nested too deeply", err);
	if (++r->nodes > YAMLDOC_NODES)
		return refuse_here(r, "the file holds too many values", err);
	out->line = r->event.start_mark.line + 1;
	out->col = r->event.start_mark.column + 1;
	switch (r->event.type) {
	case YAML_SCALAR_EVENT:
		return read_text(r, out, err);
	case YAML_SEQUENCE_START_EVENT:
		return read_list(r, depth, out, err);
	case YAML_MAPPING_START_EVENT:
		return read_map(r, depth, out, err);
	case YAML_ALIAS_EVENT:
		return refuse_here(r, "aliases (*) are not understood here", err);
	default:
		return refuse_here(r, "a value is expected", err);
	}
}

static int read_document(struct reader *r, struct ynode *root, struct error *err)
{
	do {
		if (next_event(r, err) < 0)
			return -1;
		if (r->event.type == YAML_STREAM_END_EVENT) {
			root->text = mem_strdup("");
			root->line = root->col = 1;
			return 0;
		}
	} while (r->event.type == YAML_STREAM_START_EVENT || r->event.type == YAML_DOCUMENT_START_EVENT);
	if (read_node(r, 0, root, err) < 0 || next_event(r, err) < 0 || next_event(r, err) < 0)
		return -1;
	return r->event.type == YAML_STREAM_END_EVENT ? 0 : refuse_here(r, "a second document begins here", err);
}

static int check_utf8(const char *path, const char *text, size_t len, struct error *err)
{
	size_t at = 0;
	uint32_t ignored;

	if (str_is_utf8(text, len))
		return 0;
	for (size_t n; at < len && (n = str_utf8_decode(text + at, len - at, &ignored)); at += n)
		;
	return error_set(err, ERR_INVALID, "%s:%zu: this is not UTF-8", path, line_of(text, at));
}

int ydoc_parse(const char *path, const char *text, size_t len, struct ydoc *out, struct error *err)
{
	struct reader r = { .path = path, .text = text, .len = len };
	CLEANUP(ydoc_release) struct ydoc d = { 0 };
	int result;

	if (check_utf8(path, text, len, err) < 0)
		return -1;
	if (!yaml_parser_initialize(&r.parser))
		return error_set(err, ERR_INTERNAL, "the YAML parser did not start");
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, len);
	result = read_document(&r, &d.root, err);
	if (r.has_event)
		yaml_event_delete(&r.event);
	yaml_parser_delete(&r.parser);
	if (result < 0)
		return -1;
	d.path = mem_strdup(path);
	*out = d;
	d = (struct ydoc){ 0 };
	return 0;
}

int ydoc_load(const char *path, struct ydoc *out, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_CONFIG);
	/* It comes with a project: a pipe of that name must not hold anybody up. */
	CLEANUP(close) int fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_sys(err, "%s", path);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERR_INVALID, "%s is no file", path);
	if (fs_read_fd(fd, path, &text, err) < 0)
		return -1;
	return ydoc_parse(path, buf_text(&text), text.len, out, err);
}

/* --- asking it --- */

bool ynode_is_null(const struct ynode *n)
{
	return n->kind == YNODE_TEXT && !n->is_quoted && (!*n->text || str_eq(n->text, "~") || str_eq(n->text, "null"));
}

const struct ynode *ynode_find(const struct ynode *map, const char *key)
{
	for (size_t i = 0; i < map->n; i++)
		if (str_eq(map->items[i].key, key))
			return &map->items[i];
	return NULL;
}

int ydoc_locate(const struct ydoc *d, const struct ynode *at, struct error *err)
{
	err->code = ERR_INVALID;
	return error_wrap(err, "%s:%zu:%zu", d->path, at->key ? at->key_line : at->line, at->key ? at->key_col : at->col);
}

int ydoc_refuse(const struct ydoc *d, const struct ynode *at, struct error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	error_vset(err, ERR_INVALID, fmt, ap);
	va_end(ap);
	return ydoc_locate(d, at, err);
}
