/* The database's shape and its numbered migrations. */
#ifndef WB_TRACKER_SCHEMA_H
#define WB_TRACKER_SCHEMA_H

#include <stdbool.h>

#include "base/error.h"
#include "tracker/db.h"

enum {
	SCHEMA_APPLICATION_ID = 0x77627462, /* "wbtb" */
	SCHEMA_VERSION = 3,
};

/* 1 when the database is of this version, 0 when it is empty or older, ERR_UNSUPPORTED when newer, ERR_CORRUPT when not ours. */
int schema_is_current(struct db *db, struct error *err) WB_MUST_CHECK;

/* Brings an empty or older database up to SCHEMA_VERSION, each step in a transaction of its own. Under the writer's lock. */
int schema_migrate(struct db *db, struct error *err) WB_MUST_CHECK;

#endif
