/* Checking records and documents of strangers. */
#include "config.h"

#include "engine/bundle_check.h"

#include <string.h>

#include "base/jval.h"
#include "base/limits.h"
#include "base/str.h"
#include "base/uuid.h"
#include "tracker/frame.h"
#include "tracker/spool.h"

#define HELD_MAX (SPOOL_DOCUMENT_MAX + LIMIT_MIB)

void bundle_check_begin(struct bundle_check *c, const char *path, uint64_t bytes)
{
	*c = (struct bundle_check){ .held = BUF_INIT(HELD_MAX), .left = bytes };
	if (str_ends(path, ".json"))
		c->kind = BUNDLE_CHECK_JSON;
	else if (str_starts(path, "runs/") && str_ends(path, "/spool"))
		c->kind = BUNDLE_CHECK_SPOOL;
	if (c->kind == BUNDLE_CHECK_SPOOL)
		snprintf(c->run_id, sizeof c->run_id, "%.32s", path + strlen("runs/"));
}

void bundle_check_release(struct bundle_check *c)
{
	buf_release(&c->held);
}

/* START and END are documents; what they mean is judged by whoever takes the run in. */
static int check_record(struct bundle_check *c, const struct spool_record *rec, struct error *err)
{
	CLEANUP(jval_free) struct jval *v = NULL;

	if (!c->has_start && rec->type != SPOOL_START)
		return error_set(err, ERR_CORRUPT, "a record that does not begin with its START");
	if (rec->type == SPOOL_START && c->has_start)
		return error_set(err, ERR_CORRUPT, "a record with two beginnings");
	if (rec->type != SPOOL_START && rec->type != SPOOL_END)
		return 0;
	if (jval_parse(rec->text, rec->text_len, &v, err) < 0)
		return -1;
	if (jval_type(v) != JVAL_OBJECT)
		return error_set(err, ERR_CORRUPT, "a document of a record is no object");
	if (rec->type == SPOOL_START && !str_eq(jval_get_text(v, "run_id"), c->run_id))
		return error_set(err, ERR_CORRUPT, "a record of another run");
	c->has_start = true;
	c->has_end |= rec->type == SPOOL_END;
	return 0;
}

static int check_spool(struct bundle_check *c, struct error *err)
{
	size_t at = 0;

	if (!c->has_header) {
		if (c->held.len < SPOOL_HEADER_BYTES)
			return 0;
		if (memcmp(c->held.data, frame_header, SPOOL_HEADER_BYTES) != 0)
			return error_set(err, ERR_CORRUPT, "not a record of a run");
		c->has_header = true;
		at = SPOOL_HEADER_BYTES;
	}
	for (;;) {
		struct spool_record rec = { 0 };
		size_t size = 0;
		enum frame_verdict verdict = frame_check(c->held.data + at, c->held.len - at, &size);

		if (verdict == FRAME_BAD)
			return error_set(err, ERR_CORRUPT, "a damaged record of a run");
		if (verdict == FRAME_SHORT || at == c->held.len)
			break;
		frame_decode(c->held.data + at, &rec);
		if (check_record(c, &rec, err) < 0)
			return -1;
		at += size;
	}
	buf_consume(&c->held, at);
	return 0;
}

int bundle_check_data(struct bundle_check *c, const void *p, size_t n, struct error *err)
{
	if (c->kind == BUNDLE_CHECK_NONE)
		return 0;
	buf_append(&c->held, p, n);
	if (buf_check(&c->held, "a document in the bundle", err) < 0)
		return -1;
	return c->kind == BUNDLE_CHECK_SPOOL ? check_spool(c, err) : 0;
}

int bundle_check_end(struct bundle_check *c, struct error *err)
{
	CLEANUP(jval_free) struct jval *v = NULL;

	if (c->kind == BUNDLE_CHECK_JSON)
		return jval_parse(buf_text(&c->held), c->held.len, &v, err);
	if (c->kind == BUNDLE_CHECK_SPOOL && !c->has_end)
		return error_set(err, ERR_CORRUPT, "the record of a run that has not ended");
	return 0;
}
