/*
 * The store: one private folder that holds everything wb keeps.
 *
 *     format  config.yaml  policy/  objects/ab/cd...  code.git/  trees/  scan/  runs/ID/  tmp/  lock
 *
 * It is found (nearest .wb/ upwards, else $WB_STORE, else $XDG_DATA_HOME/wb or
 * ~/.local/share/wb), made, checked and opened here; the files below use it by
 * descriptor. A folder of another user, one that everybody may write to, and one
 * made by a newer wb are refused.
 */
#ifndef WB_STORE_STORE_H
#define WB_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/error.h"

struct store;

enum { STORE_FORMAT = 1 };

enum store_found {
	STORE_BY_OVERRIDE,    /* named by the caller */
	STORE_BY_PROJECT,     /* a .wb/ here or above */
	STORE_BY_ENVIRONMENT, /* $WB_STORE */
	STORE_BY_USER,        /* the user's own, under $XDG_DATA_HOME */
};

/*
 * Where the store is (or would be: the folder need not exist). start is where the
 * user stands, NULL for the working directory. *out is heap text, absolute.
 * Returns enum store_found. ERR_NOT_FOUND when nothing names one ($HOME unset).
 */
int store_locate(const char *override, const char *start, char **out, struct error *err) WB_MUST_CHECK;

/*
 * Makes a store at path (mode 0700) with its folders; missing parents too.
 * ERR_EXISTS where a store is already; an empty folder is taken over, any other
 * content refused. After a crash half-way, calling it again completes the store.
 */
int store_init(const char *path, struct error *err) WB_MUST_CHECK;

/* Opens and checks. ERR_NOT_FOUND with a hint where there is none; ERR_UNSUPPORTED for a newer format. */
int store_open(const char *path, struct store **out, struct error *err) WB_MUST_CHECK;
void store_close(struct store *s);
DEFINE_CLEANUP(store_close, struct store *);

/* Absolute, borrowed. */
const char *store_path(const struct store *s);

/* The store's folder; borrowed. */
int store_dirfd(const struct store *s);

/* Modes for what is made inside: 0700 and 0400, or 0770 and 0440 in a team's store. */
mode_t store_dir_mode(const struct store *s);
mode_t store_object_mode(const struct store *s);

/* A fresh name below tmp/, heap text, relative to the store's folder. */
char *store_temp_name(const char *kind);

/* Removes what killed processes left unfinished more than a day ago; each snapshot that stores something does it. */
int store_tidy(const struct store *s, struct error *err) WB_MUST_CHECK;

/* The folder of run id (a valid uuid text), made when create. Returns an owned descriptor. ERR_NOT_FOUND otherwise. */
int store_run_dir(const struct store *s, const char *id, bool create, struct error *err) WB_MUST_CHECK;

/* Heap text: STORE/runs/ID. */
char *store_run_path(const struct store *s, const char *id);

enum store_lock { STORE_SHARED, STORE_EXCLUSIVE };

/*
 * The store-wide lock: writers of objects and trees hold it shared, removal of
 * either holds it exclusively. Waits at most wait_ns (0: not at all), then
 * ERR_BUSY. Returns a descriptor; closing it unlocks.
 */
int store_lock(const struct store *s, enum store_lock kind, int64_t wait_ns, struct error *err) WB_MUST_CHECK;

/* flock on any descriptor with the same waiting rule; what names it in the message. */
int store_flock(int fd, enum store_lock kind, int64_t wait_ns, const char *what, struct error *err) WB_MUST_CHECK;

/* True once the folder holds a finished store. */
bool store_exists(const char *path);

#endif
