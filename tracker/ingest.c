/* One record of a spool into its rows. */
#include "config.h"

#include "tracker/ingest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/jval.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "tracker/latest.h"

enum statement {
	ST_FIND,
	ST_SETTLE,
	ST_RUN,
	ST_DOCUMENT,
	ST_INPUT,
	ST_DECISION,
	ST_METRIC,
	ST_MINUS_ZERO,
	ST_PARAM,
	ST_TAG,
	ST_OUTPUT,
	ST_DENIAL,
	ST_NOTE,
	ST_WARNING,
	ST_NETWORK,
	ST_END,
	ST_END_DOCUMENT,
	ST_COUNT_,
};

static const char *const statement_sql[ST_COUNT_] = {
	[ST_FIND] = "SELECT id, ingested_to, sealed FROM runs WHERE uuid = ?",
	[ST_SETTLE] = "UPDATE runs SET ingested_to = ?2, damaged = damaged + ?3 WHERE id = ?1",
	[ST_RUN] = "INSERT INTO runs(uuid, experiment, name, user, host, tree, state, detail, start_ns)"
		   " VALUES(?, ?, ?, ?, ?, ?, ?, '', ?)",
	[ST_DOCUMENT] = "INSERT INTO documents(run, start) VALUES(?, ?)",
	[ST_INPUT] = "INSERT INTO inputs(run, n, name, path, sha256, bytes, tags) VALUES(?, ?, ?, ?, ?, ?, ?)",
	[ST_DECISION] = "INSERT INTO decisions(run, decision, document) VALUES(?, ?, ?)",
	[ST_METRIC] = "INSERT OR IGNORE INTO metrics(run, key, step, seq, time_ms, value) VALUES(?, ?, ?, ?, ?, ?)",
	[ST_MINUS_ZERO] = "INSERT OR IGNORE INTO minus_zeros(run, key, step, seq) VALUES(?, ?, ?, ?)",
	[ST_PARAM] = "INSERT OR IGNORE INTO params(run, key, value) VALUES(?, ?, ?)",
	[ST_TAG] = "INSERT OR REPLACE INTO tags(run, key, value) VALUES(?, ?, ?)",
	[ST_OUTPUT] = "INSERT OR REPLACE INTO outputs(run, path, sha256, bytes) VALUES(?, ?, ?, ?)",
	[ST_DENIAL] = "INSERT INTO denials(run, call, object, count) VALUES(?, ?, ?, ?)"
		      " ON CONFLICT(run, call, object) DO UPDATE SET count = count + excluded.count",
	[ST_NOTE] = "INSERT OR IGNORE INTO notes(run, seq, time_ms, author, text) VALUES(?, ?, ?, ?, ?)",
	[ST_WARNING] = "INSERT OR IGNORE INTO warnings(run, seq, text) VALUES(?, ?, ?)",
	[ST_NETWORK] = "INSERT OR REPLACE INTO network(run, n, document) VALUES(?, ?, ?)",
	[ST_END] = "UPDATE runs SET state = ?2, detail = ?3, end_ns = CASE WHEN ?4 > 0 THEN ?4 ELSE start_ns END,"
		   " exit_code = ?5, signal = ?6, sealed = 1 WHERE id = ?1",
	[ST_END_DOCUMENT] = "UPDATE documents SET end = ?2 WHERE run = ?1",
};

struct ingest {
	struct tracker *t;
	struct latest *latest;
	struct db_stmt *statements[ST_COUNT_];
};

/* Prepared on first use: most runs need half of them. */
static int statement(struct ingest *g, enum statement which, struct db_stmt **out, struct error *err)
{
	if (!g->statements[which] && db_prepare(g->t->db, statement_sql[which], &g->statements[which], err) != 0)
		return -1;
	*out = g->statements[which];
	return 0;
}

int ingest_new(struct tracker *t, struct ingest **out, struct error *err)
{
	CLEANUP(ingest_free) struct ingest *g = mem_zalloc(sizeof *g);

	g->t = t;
	if (latest_new(t, &g->latest, err) != 0)
		return -1;
	*out = take_ptr(&g);
	return 0;
}

void ingest_free(struct ingest *g)
{
	if (!g)
		return;
	latest_free(g->latest);
	for (size_t i = 0; i < ST_COUNT_; i++)
		db_stmt_free(g->statements[i]);
	free(g);
}

int ingest_turn(struct ingest *g, const char *run_id, struct ingest_place *out, struct error *err)
{
	struct ingest_place place = { .row = 0 };
	struct db_stmt *s;
	int rc;

	memcpy(place.run_id, run_id, 32);
	if (statement(g, ST_FIND, &s, err) != 0)
		return -1;
	db_bind_text(s, 1, run_id);
	rc = db_step(s, err);
	if (rc < 0)
		return -1;
	if (rc) {
		place.row = db_int(s, 0);
		place.ingested_to = (uint64_t)db_int(s, 1);
		place.sealed = db_int(s, 2) != 0;
		db_reset(s);
	}
	latest_turn(g->latest, place.row);
	*out = place;
	return 0;
}

/* Runs a statement over (run, key, text). */
static int put_pair(struct ingest *g, enum statement which, int64_t row, const char *key, size_t key_len, const char *text,
		    size_t text_len, struct error *err)
{
	struct db_stmt *s;
	int64_t key_id;

	if (statement(g, which, &s, err) != 0 || key_intern(g->t, key, key_len, &key_id, err) != 0)
		return -1;
	db_bind_int(s, 1, row);
	db_bind_int(s, 2, key_id);
	db_bind_text_n(s, 3, text, text_len);
	return db_run(s, err);
}

/* Members of an object as pairs: strings as they are, anything else as its JSON. */
static int put_pairs(struct ingest *g, enum statement which, int64_t row, const struct jval *object, struct error *err)
{
	const struct jval *value;
	const char *key;

	for (void *it = jval_next(object, NULL, &key, &value); it; it = jval_next(object, it, &key, &value)) {
		CLEANUP(buf_release) struct buf b = BUF_INIT(LIMIT_JSON);
		const char *text = jval_text(value);

		if (!text) {
			jval_format(value, JVAL_COMPACT, &b);
			text = buf_text(&b);
		}
		if (put_pair(g, which, row, key, strlen(key), text, strlen(text), err) != 0)
			return -1;
	}
	return 0;
}

static const char *text_or_empty(const struct jval *object, const char *key)
{
	const char *text = jval_get_text(object, key);

	return text ? text : "";
}

static void join_words(struct buf *b, const struct jval *words)
{
	for (size_t i = 0; i < jval_count(words); i++) {
		const char *word = jval_text(jval_at(words, i));

		if (word)
			buf_printf(b, "%s%s", b->len ? "," : "", word);
	}
}

static int put_inputs(struct ingest *g, int64_t row, const struct jval *inputs, struct error *err)
{
	struct db_stmt *s;

	if (jval_type(inputs) != JVAL_ARRAY)
		return 0;
	if (statement(g, ST_INPUT, &s, err) != 0)
		return -1;
	for (size_t i = 0; i < jval_count(inputs); i++) {
		CLEANUP(buf_release) struct buf tags = BUF_INIT(LIMIT_JSON);
		const struct jval *input = jval_at(inputs, i);

		join_words(&tags, jval_get(input, "tags"));
		db_bind_int(s, 1, row);
		db_bind_int(s, 2, (int64_t)i);
		db_bind_text(s, 3, text_or_empty(input, "name"));
		db_bind_text(s, 4, text_or_empty(input, "path"));
		db_bind_text(s, 5, text_or_empty(input, "sha256"));
		db_bind_int(s, 6, jval_get_int(input, "bytes", 0));
		db_bind_text(s, 7, buf_text(&tags));
		if (db_run(s, err) != 0)
			return -1;
	}
	return 0;
}

static int put_decision(struct ingest *g, int64_t row, const struct jval *policy, struct error *err)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(LIMIT_JSON);
	struct db_stmt *s;

	if (jval_type(policy) != JVAL_OBJECT)
		return 0;
	if (statement(g, ST_DECISION, &s, err) != 0)
		return -1;
	jval_format(policy, JVAL_COMPACT, &b);
	db_bind_int(s, 1, row);
	db_bind_text(s, 2, text_or_empty(policy, "decision"));
	db_bind_text(s, 3, buf_text(&b));
	return db_run(s, err);
}

static int put_run_row(struct ingest *g, const char *run_id, const struct jval *start, int64_t *out_row, struct error *err)
{
	const char *experiment = text_or_empty(start, "experiment");
	int64_t experiment_id;
	struct db_stmt *s;

	if (experiment_intern(g->t, *experiment ? experiment : "Default", &experiment_id, err) != 0 ||
	    statement(g, ST_RUN, &s, err) != 0)
		return -1;
	db_bind_text(s, 1, run_id);
	db_bind_int(s, 2, experiment_id);
	db_bind_text(s, 3, text_or_empty(start, "name"));
	db_bind_text(s, 4, text_or_empty(start, "user"));
	db_bind_text(s, 5, text_or_empty(start, "host"));
	db_bind_text(s, 6, text_or_empty(jval_get(start, "snapshot"), "tree"));
	db_bind_int(s, 7, RUN_RUNNING);
	db_bind_int(s, 8, jval_get_int(start, "start_ns", 0));
	if (db_run(s, err) != 0)
		return -1;
	*out_row = db_last_id(g->t->db);
	return 0;
}

static int put_document(struct ingest *g, enum statement which, int64_t row, const char *text, size_t n, struct error *err)
{
	struct db_stmt *s;

	if (statement(g, which, &s, err) != 0)
		return -1;
	db_bind_int(s, 1, row);
	db_bind_text_n(s, 2, text, n);
	return db_run(s, err);
}

static int put_warning(struct ingest *g, int64_t row, uint64_t seq, const char *text, size_t n, struct error *err)
{
	struct db_stmt *s;

	if (statement(g, ST_WARNING, &s, err) != 0)
		return -1;
	db_bind_int(s, 1, row);
	db_bind_int(s, 2, (int64_t)seq);
	db_bind_text_n(s, 3, text, n);
	return db_run(s, err);
}

static int put_start(struct ingest *g, struct ingest_place *place, const struct spool_record *rec, struct error *err)
{
	CLEANUP(jval_free) struct jval *start = NULL;
	struct error unreadable = { 0 };
	int64_t row;

	if (place->row)
		return 0;
	/* A START that cannot be read still was a run: it is listed, with the reason as a warning. */
	if (jval_parse(rec->text, rec->text_len, &start, &unreadable) != 0)
		start = NULL;
	if (put_run_row(g, place->run_id, start, &row, err) != 0 ||
	    put_document(g, ST_DOCUMENT, row, rec->text, rec->text_len, err) != 0 ||
	    put_pairs(g, ST_PARAM, row, jval_get(start, "params"), err) != 0 ||
	    put_pairs(g, ST_TAG, row, jval_get(start, "tags"), err) != 0 ||
	    put_inputs(g, row, jval_get(start, "inputs"), err) != 0 ||
	    put_decision(g, row, jval_get(start, "policy"), err) != 0)
		return -1;
	if (!start && put_warning(g, row, rec->seq, unreadable.text, strlen(unreadable.text), err) != 0)
		return -1;
	place->row = row;
	latest_turn(g->latest, row);
	return 0;
}

static int put_end(struct ingest *g, struct ingest_place *place, const struct spool_record *rec, struct error *err)
{
	CLEANUP(jval_free) struct jval *end = NULL;
	struct error unreadable = { 0 };
	enum run_state state = RUN_FAILED;
	const char *detail = "unreadable END record";
	struct db_stmt *s;

	if (jval_parse(rec->text, rec->text_len, &end, &unreadable) == 0 &&
	    run_state_parse(jval_get_text(end, "state"), &state))
		detail = text_or_empty(end, "detail");
	if (statement(g, ST_END, &s, err) != 0)
		return -1;
	db_bind_int(s, 1, place->row);
	db_bind_int(s, 2, state);
	db_bind_text(s, 3, detail);
	db_bind_int(s, 4, jval_get_int(end, "end_ns", 0));
	db_bind_int(s, 5, jval_get_int(end, "exit_code", -1));
	db_bind_int(s, 6, jval_get_int(end, "signal", 0));
	if (db_run(s, err) != 0 || put_document(g, ST_END_DOCUMENT, place->row, rec->text, rec->text_len, err) != 0)
		return -1;
	place->sealed = true;
	return 0;
}

static int put_minus_zero(struct ingest *g, int64_t row, int64_t key, const struct spool_record *rec, struct error *err)
{
	struct db_stmt *s;

	if (statement(g, ST_MINUS_ZERO, &s, err) != 0)
		return -1;
	db_bind_int(s, 1, row);
	db_bind_int(s, 2, key);
	db_bind_int(s, 3, rec->step);
	db_bind_int(s, 4, (int64_t)rec->seq);
	return db_run(s, err);
}

static int put_metric(struct ingest *g, const struct ingest_place *place, const struct spool_record *rec, struct error *err)
{
	struct latest_slot *slot;
	struct db_stmt *s;

	if (latest_find(g->latest, rec->key, rec->key_len, &slot, err) != 0 || statement(g, ST_METRIC, &s, err) != 0)
		return -1;
	db_bind_int(s, 1, place->row);
	db_bind_int(s, 2, slot->key_id);
	db_bind_int(s, 3, rec->step);
	db_bind_int(s, 4, (int64_t)rec->seq);
	db_bind_int(s, 5, rec->time_ms);
	db_bind_real(s, 6, rec->value);
	latest_add(slot, rec->value, rec->step, rec->time_ms);
	if (db_run(s, err) != 0)
		return -1;
	return rec->value == 0 && signbit(rec->value) ? put_minus_zero(g, place->row, slot->key_id, rec, err) : 0;
}

/* Outputs and denials: two texts and a number. */
static int put_counted(struct ingest *g, enum statement which, int64_t row, const struct spool_record *rec, struct error *err)
{
	struct db_stmt *s;

	if (statement(g, which, &s, err) != 0)
		return -1;
	db_bind_int(s, 1, row);
	db_bind_text_n(s, 2, rec->key, rec->key_len);
	db_bind_text_n(s, 3, rec->text, rec->text_len);
	db_bind_int(s, 4, rec->number);
	return db_run(s, err);
}

static int put_note(struct ingest *g, int64_t row, const struct spool_record *rec, struct error *err)
{
	struct db_stmt *s;

	if (statement(g, ST_NOTE, &s, err) != 0)
		return -1;
	db_bind_int(s, 1, row);
	db_bind_int(s, 2, (int64_t)rec->seq);
	db_bind_int(s, 3, rec->time_ms);
	db_bind_text_n(s, 4, rec->key, rec->key_len);
	db_bind_text_n(s, 5, rec->text, rec->text_len);
	return db_run(s, err);
}

static int put_connection(struct ingest *g, int64_t row, const struct spool_record *rec, struct error *err)
{
	struct db_stmt *s;

	if (statement(g, ST_NETWORK, &s, err) != 0)
		return -1;
	db_bind_int(s, 1, row);
	db_bind_int(s, 2, rec->number);
	db_bind_text_n(s, 3, rec->text, rec->text_len);
	return db_run(s, err);
}

static int put_event(struct ingest *g, struct ingest_place *place, const struct spool_record *rec, struct error *err)
{
	switch (rec->type) {
	case SPOOL_METRIC:
		return put_metric(g, place, rec, err);
	case SPOOL_PARAM:
		return put_pair(g, ST_PARAM, place->row, rec->key, rec->key_len, rec->text, rec->text_len, err);
	case SPOOL_TAG:
		return put_pair(g, ST_TAG, place->row, rec->key, rec->key_len, rec->text, rec->text_len, err);
	case SPOOL_OUTPUT:
		return put_counted(g, ST_OUTPUT, place->row, rec, err);
	case SPOOL_DENIAL:
		return put_counted(g, ST_DENIAL, place->row, rec, err);
	case SPOOL_NOTE:
		return put_note(g, place->row, rec, err);
	case SPOOL_WARNING:
		return put_warning(g, place->row, rec->seq, rec->text, rec->text_len, err);
	case SPOOL_NETWORK:
		return put_connection(g, place->row, rec, err);
	case SPOOL_END:
		return put_end(g, place, rec, err);
	default:
		return 0;
	}
}

int ingest_record(struct ingest *g, struct ingest_place *place, const struct spool_record *rec, struct error *err)
{
	if (rec->type == SPOOL_START ? put_start(g, place, rec, err) != 0
				     : place->row && put_event(g, place, rec, err) != 0)
		return -1;
	place->ingested_to = rec->next;
	return 0;
}

int ingest_settle(struct ingest *g, const struct ingest_place *place, uint64_t damaged, struct error *err)
{
	struct db_stmt *s;

	if (!place->row)
		return 0;
	if (latest_flush(g->latest, err) != 0 || statement(g, ST_SETTLE, &s, err) != 0)
		return -1;
	db_bind_int(s, 1, place->row);
	db_bind_int(s, 2, (int64_t)place->ingested_to);
	db_bind_int(s, 3, (int64_t)damaged);
	return db_run(s, err);
}
