/*
 * A YAML file as a tree that knows where each part stands (yamldoc.c is the
 * only user of libyaml).
 *
 * What a settings or project file needs, and no more: one document of texts,
 * lists and maps. Anchors, aliases and tags are refused, and so are a key that
 * stands twice, bytes that are not UTF-8, and files past the ceilings below;
 * each refusal is one line that begins with FILE:LINE:COLUMN.
 */
#ifndef WB_ENGINE_YAMLDOC_H
#define WB_ENGINE_YAMLDOC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"

enum { YAMLDOC_DEPTH = 16, YAMLDOC_NODES = 10000 };

enum ynode_kind { YNODE_TEXT, YNODE_LIST, YNODE_MAP };

struct ynode {
	enum ynode_kind kind;
	char *key;                /* in a map; else NULL */
	size_t key_line, key_col; /* from 1, columns in characters */
	size_t line, col;
	size_t start, end;        /* a text: its bytes in the file */
	bool is_quoted;           /* a text in quotes or in a block */
	bool is_flow;             /* a map or list in brackets */
	char *text;               /* YNODE_TEXT */
	struct ynode *items;      /* of a list or map, in the file's order */
	size_t n, cap;
};

struct ydoc {
	char *path;               /* for messages */
	struct ynode root;        /* an empty text where the file holds nothing */
};

/* path is for messages; the text has len bytes. ERR_INVALID. */
int ydoc_parse(const char *path, const char *text, size_t len, struct ydoc *out, struct error *err) WB_MUST_CHECK;

/* Reads and parses. ERR_NOT_FOUND where there is no such file, ERR_LIMIT past LIMIT_CONFIG. */
int ydoc_load(const char *path, struct ydoc *out, struct error *err) WB_MUST_CHECK;
void ydoc_release(struct ydoc *d);
DEFINE_CLEANUP_VALUE(ydoc_release, struct ydoc);

/* "key:" with nothing behind it, "~" or "null". */
bool ynode_is_null(const struct ynode *n);

/* The member of a map, or NULL. */
const struct ynode *ynode_find(const struct ynode *map, const char *key);

/* ERR_INVALID, at the key of a map's member or else at the node itself. Returns -1. */
int ydoc_refuse(const struct ydoc *d, const struct ynode *at, struct error *err, const char *fmt, ...) WB_PRINTF(4, 5);

/* Puts the node's place before the message that is there; the code becomes ERR_INVALID. Returns -1. */
int ydoc_locate(const struct ydoc *d, const struct ynode *at, struct error *err);

#endif
