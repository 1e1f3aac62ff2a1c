/* Moving spools into the database: which have something new, in which order, in which transactions; and judging LOST. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/jval.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sys.h"
#include "tracker/boot.h"
#include "tracker/core.h"
#include "tracker/ingest.h"
#include "tracker/life.h"
#include "tracker/reserve.h"
#include "tracker/spool.h"

/* Records in one transaction: large enough that the sync at its end is cheap, small enough to bound the log. */
enum { BATCH_RECORDS = 50000 };

struct id {
	char text[33];
};

struct mover {
	struct tracker *t;
	struct ingest *ingest;
	struct tracker_synced *counts;
	bool in_transaction;
	uint64_t batched;
	struct id *sealed; /* to be unmarked after the commit */
	size_t sealed_count, sealed_cap;
};

/* One spool at hand. */
struct source {
	int dirfd;
	int fd;
	int lock_fd; /* of a run found dead */
	struct spool_reader *reader;
	struct ingest_place place;
	uint64_t damaged; /* since the last settling */
};

static void source_release(struct source *s)
{
	spool_reader_close(s->reader);
	cleanup_close(&s->fd);
	cleanup_close(&s->dirfd);
	cleanup_close(&s->lock_fd);
}
DEFINE_CLEANUP_VALUE(source_release, struct source);

static int transaction_begin(struct mover *m, struct error *err)
{
	if (m->in_transaction)
		return 0;
	if (db_begin(m->t->db, err) != 0)
		return -1;
	m->in_transaction = true;
	return 0;
}

static int transaction_commit(struct mover *m, struct error *err)
{
	if (m->in_transaction && db_commit(m->t->db, err) != 0)
		return -1;
	m->in_transaction = false;
	m->batched = 0;
	for (; m->sealed_count; m->sealed_count--) {
		if (life_end(m->t->store, m->sealed[m->sealed_count - 1].text, err) != 0)
			return -1;
		m->counts->sealed++;
	}
	return 0;
}

/* What the tables are about to hold must not be younger than what the spool surely holds. */
static int settle(struct mover *m, struct source *s, struct error *err)
{
	if (!m->in_transaction)
		return 0;
	if (sys_fdatasync(s->fd) != 0)
		return error_sys(err, "syncing the spool of run %s", s->place.run_id);
	if (ingest_settle(m->ingest, &s->place, s->damaged, err) != 0)
		return -1;
	s->damaged = 0;
	return 0;
}

static void mark_sealed(struct mover *m, const char *run_id)
{
	mem_reserve(&m->sealed, &m->sealed_cap, m->sealed_count + 1);
	memcpy(m->sealed[m->sealed_count++].text, run_id, sizeof m->sealed->text);
}

/* Moves what the reader gives, up to END or the end of what is written. */
static int drain(struct mover *m, struct source *s, struct error *err)
{
	struct spool_record rec;
	int rc = 0;

	while (!s->place.sealed && (rc = spool_reader_next(s->reader, &rec, err)) != 0) {
		if (rc < 0) {
			uint64_t skipped = err->code == ERR_CORRUPT ? spool_reader_skip(s->reader) : 0;

			if (!skipped)
				return -1;
			log_warn("run %s: %s", s->place.run_id, err->text);
			s->damaged += skipped;
			continue;
		}
		if (transaction_begin(m, err) != 0 || ingest_record(m->ingest, &s->place, &rec, err) != 0)
			return -1;
		m->counts->records++;
		if (++m->batched >= BATCH_RECORDS && (settle(m, s, err) != 0 || transaction_commit(m, err) != 0))
			return -1;
	}
	return 0;
}

/* For the place that ingest_turn() found. ERR_NOT_FOUND when the run has no spool (yet). */
static int source_open(struct mover *m, struct source *s, struct error *err)
{
	const char *run_id = s->place.run_id;
	char folder[48];

	snprintf(folder, sizeof folder, "runs/%s", run_id);
	s->dirfd = sys_openat(m->t->store, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (s->dirfd < 0)
		return error_sys(err, "the folder of run %s", run_id);
	s->fd = sys_openat(s->dirfd, "spool", O_RDWR | O_APPEND | O_NOFOLLOW, 0);
	if (s->fd < 0 && (errno == EACCES || errno == EROFS))
		s->fd = sys_openat(s->dirfd, "spool", O_RDONLY | O_NOFOLLOW, 0);
	if (s->fd < 0)
		return error_sys(err, "the spool of run %s", run_id);
	return spool_reader_open(s->fd, s->place.ingested_to, &s->reader, err);
}

static int run_host_is_ours(struct mover *m, int64_t row, struct error *err)
{
	CLEANUP(db_stmt_free) struct db_stmt *s = NULL;
	char ours[256] = "";
	int rc;

	if (gethostname(ours, sizeof ours - 1) != 0)
		return error_sys(err, "the name of this host");
	if (db_prepare(m->t->db, "SELECT host FROM runs WHERE id = ?", &s, err) != 0)
		return -1;
	db_bind_int(s, 1, row);
	rc = db_step(s, err);
	if (rc <= 0)
		return rc;
	return db_text(s, 0)[0] == '\0' || strcmp(db_text(s, 0), ours) == 0;
}

/* END of a run that ended without a word. Its last sign of life is the last time its spool was written. */
static int write_lost(struct source *s, struct error *err)
{
	CLEANUP(jval_free) struct jval *end = jval_object();
	CLEANUP(buf_release) struct buf json = BUF_INIT(LIMIT_JSON);
	CLEANUP(spool_free) struct spool *spool = NULL;
	CLEANUP(close) int fd = fcntl(s->fd, F_DUPFD_CLOEXEC, 3);
	struct stat st;

	if (fd < 0 || fstat(s->fd, &st) != 0)
		return error_sys(err, "the spool of run %s", s->place.run_id);
	jval_set_text(end, "state", run_state_name(RUN_LOST));
	jval_set_text(end, "detail", "");
	jval_set_int(end, "end_ns", (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec);
	jval_format(end, JVAL_COMPACT, &json);
	if (spool_adopt(s->dirfd, fd, &spool, err) != 0)
		return -1;
	take_fd(&fd);
	/* After a power cut the spool may be shorter than what was moved from it. */
	if (spool_written(spool) < s->place.ingested_to)
		s->place.ingested_to = spool_written(spool);
	return spool_finish(spool, json.data, json.len, err);
}

/* Nothing was ever promised about a run without START: its traces go. */
static void drop_unstarted(struct mover *m, const char *run_id, struct source *s)
{
	struct life l = { .dirfd = -1, .lock_fd = take_fd(&s->lock_fd) };

	life_abandon(m->t->store, run_id, &l);
	m->counts->dropped++;
}

static int bury(struct mover *m, struct source *s, struct error *err)
{
	if (write_lost(s, err) != 0)
		return error_wrap(err, "ending run %s, which lost its supervisor", s->place.run_id);
	spool_reader_close(take_ptr(&s->reader));
	if (spool_reader_open(s->fd, s->place.ingested_to, &s->reader, err) != 0 || drain(m, s, err) != 0)
		return -1;
	m->counts->lost++;
	return 0;
}

/* Called at the end of a spool without END. */
static int judge_life(struct mover *m, struct source *s, struct error *err)
{
	int rc;

	if (s->place.row) {
		rc = run_host_is_ours(m, s->place.row, err);
		if (rc <= 0)
			return rc;
	}
	rc = life_try_take(m->t->store, s->place.run_id, &s->lock_fd, err);
	if (rc <= 0)
		return rc;
	/* Its last words may have come after we read to the end. */
	if (drain(m, s, err) != 0)
		return -1;
	if (s->place.sealed)
		return 0;
	if (s->place.row)
		return bury(m, s, err);
	drop_unstarted(m, s->place.run_id, s);
	return 0;
}

/* The record is gone or unusable, the run is known: it ends in the tables only. */
static int bury_without_spool(struct mover *m, struct source *s, struct error *err)
{
	static const char end[] = "{\"state\":\"LOST\",\"detail\":\"record missing\"}";
	struct spool_record rec = { .type = SPOOL_END, .next = s->place.ingested_to, .key = "", .text = end };

	rec.text_len = sizeof end - 1;
	if (transaction_begin(m, err) != 0 || ingest_record(m->ingest, &s->place, &rec, err) != 0 ||
	    ingest_settle(m->ingest, &s->place, 0, err) != 0)
		return -1;
	mark_sealed(m, s->place.run_id);
	m->counts->lost++;
	return 0;
}

/* As a power cut leaves a file whose size was durable before its bytes: nothing was acknowledged then. */
static bool is_blank(const struct source *s, uint64_t size)
{
	char piece[4096];

	for (uint64_t at = 0; at < size;) {
		ssize_t n = sys_pread(s->fd, piece, sizeof piece, (off_t)at);

		for (ssize_t i = 0; i < n; i++)
			if (piece[i])
				return false;
		if (n <= 0)
			return false;
		at += (uint64_t)n;
	}
	/* Those come later than the first sync. */
	return !fs_exists(s->dirfd, "log") && !fs_exists(s->dirfd, "manifest.json");
}

/* A run whose spool cannot be opened: cut off while it began, or broken since. */
static int judge_unopened(struct mover *m, struct source *s, struct error *err)
{
	struct stat st = { 0 };
	int rc;

	if (err->code != ERR_NOT_FOUND && err->code != ERR_CORRUPT) {
		m->counts->unreadable++;
		log_warn("run %s: %s", s->place.run_id, err->text);
		return 0;
	}
	if (s->place.sealed) {
		mark_sealed(m, s->place.run_id);
		return 0;
	}
	if (s->fd >= 0 && fstat(s->fd, &st) != 0)
		return error_sys(err, "the spool of run %s", s->place.run_id);
	rc = life_try_take(m->t->store, s->place.run_id, &s->lock_fd, err);
	if (rc <= 0)
		return rc;
	if (s->place.row)
		return bury_without_spool(m, s, err);
	if (st.st_size <= SPOOL_HEADER_BYTES || is_blank(s, (uint64_t)st.st_size))
		drop_unstarted(m, s->place.run_id, s);
	else
		m->counts->unreadable++;
	return 0;
}

static int move_run(struct mover *m, const char *run_id, struct error *err)
{
	CLEANUP(source_release) struct source s = { .dirfd = -1, .fd = -1, .lock_fd = -1 };
	uint64_t before = m->counts->records;

	if (ingest_turn(m->ingest, run_id, &s.place, err) != 0)
		return -1;
	if (source_open(m, &s, err) != 0)
		return judge_unopened(m, &s, err);
	if (!s.place.sealed && (drain(m, &s, err) != 0 || (!s.place.sealed && judge_life(m, &s, err) != 0)))
		return -1;
	if (settle(m, &s, err) != 0)
		return -1;
	if (s.place.sealed)
		mark_sealed(m, run_id);
	if (m->counts->records > before)
		m->counts->runs++;
	return 0;
}

/* The ids whose spools have bytes that are not in the database, or whose supervisor is gone. */
struct survey {
	struct tracker *t;
	struct db_stmt *find;
	struct id *ids;
	size_t count, cap;
};

static void survey_release(struct survey *s)
{
	db_stmt_free(s->find);
	free(s->ids);
}
DEFINE_CLEANUP_VALUE(survey_release, struct survey);

static int survey_run(void *data, const char *run_id, struct error *err)
{
	struct survey *s = data;
	char path[64];
	struct stat st;
	int rc;

	snprintf(path, sizeof path, "runs/%s/spool", run_id);
	if (fstatat(s->t->store, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && life_is_alive(s->t->store, run_id)) {
		db_bind_text(s->find, 1, run_id);
		rc = db_step(s->find, err);
		if (rc < 0)
			return -1;
		if (rc) {
			bool is_new = st.st_size > db_int(s->find, 0);

			db_reset(s->find);
			if (!is_new)
				return 0;
		}
	}
	mem_reserve(&s->ids, &s->cap, s->count + 1);
	memcpy(s->ids[s->count++].text, run_id, sizeof s->ids->text);
	return 0;
}

static int move_all(struct tracker *t, const struct survey *survey, struct tracker_synced *counts, struct error *err)
{
	CLEANUP(ingest_free) struct ingest *ingest = NULL;
	struct mover m = { .t = t, .counts = counts };
	int rc = 0;

	if (ingest_new(t, &ingest, err) != 0)
		return -1;
	m.ingest = ingest;
	for (size_t i = 0; i < survey->count && rc == 0; i++)
		rc = move_run(&m, survey->ids[i].text, err);
	if (rc == 0)
		rc = transaction_commit(&m, err);
	if (rc != 0)
		db_rollback(t->db);
	free(m.sealed);
	return rc;
}

/* A full disk keeps nobody from reading what is there. */
static int move_or_leave(struct tracker *t, const struct survey *survey, struct tracker_synced *counts, struct error *err)
{
	int rc = move_all(t, survey, counts, err);

	if (rc != 0 && reserve_spend(t, err)) {
		error_clear(err);
		*counts = (struct tracker_synced){ 0 };
		rc = move_all(t, survey, counts, err);
	} else if (rc == 0) {
		reserve_keep(t);
	}
	if (rc == 0 || !reserve_is_full(err))
		return rc;
	log_warn("not all records were moved: %s", err->text);
	error_clear(err);
	*counts = (struct tracker_synced){ .full = true };
	return 0;
}

int tracker_sync(struct tracker *t, int wait_ms, struct tracker_synced *out, struct error *err)
{
	CLEANUP(survey_release) struct survey survey = { .t = t };
	struct tracker_synced counts = { 0 };
	int rc;

	boot_settle(t);
	if (db_prepare(t->db, "SELECT ingested_to FROM runs WHERE uuid = ?", &survey.find, err) != 0 ||
	    life_each(t->store, survey_run, &survey, err) != 0)
		return -1;
	if (survey.count) {
		rc = tracker_lock(t, wait_ms, err);
		if (rc < 0 && (err->sys == EACCES || err->sys == EROFS)) {
			/* Who may only read goes on with what is there. */
			error_clear(err);
			rc = 0;
		}
		if (rc < 0)
			return -1;
		counts.busy = rc == 0;
		if (rc) {
			rc = move_or_leave(t, &survey, &counts, err);
			tracker_unlock(t);
			if (rc != 0)
				return -1;
		}
	}
	if (out)
		*out = counts;
	return 0;
}
