/* Records of a spool into rows. All of it runs inside one transaction that the caller (sync.c) opens and commits. */
#ifndef WB_TRACKER_INGEST_H
#define WB_TRACKER_INGEST_H

#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "tracker/core.h"
#include "tracker/spool.h"

/* Prepared statements and the metric summaries of the run at hand. */
struct ingest;

/* Owned by the caller; t is borrowed for as long. */
int ingest_new(struct tracker *t, struct ingest **out, struct error *err) WB_MUST_CHECK;
void ingest_free(struct ingest *g);
DEFINE_CLEANUP(ingest_free, struct ingest *);

struct ingest_place {
	char run_id[33];
	int64_t row;          /* 0 until START is in */
	uint64_t ingested_to; /* in the spool */
	bool sealed;
};

/* Where the run stands; a run that has no row yet gets row 0. Turns g to it. */
int ingest_turn(struct ingest *g, const char *run_id, struct ingest_place *out, struct error *err) WB_MUST_CHECK;

/* Moves one record. Events before START are not ours and are passed over. */
int ingest_record(struct ingest *g, struct ingest_place *place, const struct spool_record *rec, struct error *err) WB_MUST_CHECK;

/* Writes summaries and place->ingested_to; damaged bytes add up. Before each commit. */
int ingest_settle(struct ingest *g, const struct ingest_place *place, uint64_t damaged, struct error *err) WB_MUST_CHECK;

#endif
