/* What the last lines of a run's output say about its failure; private to engine/explain*.c. */
#ifndef WB_ENGINE_EXPLAIN_LOG_H
#define WB_ENGINE_EXPLAIN_LOG_H

#include <stdbool.h>
#include <stddef.h>

enum explain_clue_kind {
	CLUE_NONE,
	CLUE_MISSING,    /* a file was not found: name */
	CLUE_READONLY,   /* a place could not be written: name, or "" */
	CLUE_MODULE,     /* a Python module was not found: name */
	CLUE_NETWORK,
	CLUE_GPU,
	CLUE_GPU_MEMORY,
	CLUE_MEMORY,
	CLUE_FILES,
	CLUE_SPACE,
	CLUE_PROCESSES,
};

struct explain_clue {
	enum explain_clue_kind kind;
	char name[512];   /* raw */
};

/* The last line that says something. text is any bytes. */
struct explain_clue explain_clue_find(const char *text, size_t n);

#endif
