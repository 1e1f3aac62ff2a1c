/* Limits that are near or reached: what is said of them, to the viewer and in the record. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/text.h"
#include "engine/sup.h"

/* In percent of a limit: from here on its reader is warned. */
enum { NEAR_PERCENT = 90 };

enum unit { UNIT_BYTES, UNIT_COUNT, UNIT_TASKS, UNIT_FILES, UNIT_NS };

static const struct limit_words {
	const char *name;
	enum unit unit;
	const char *reached; /* followed by how much */
	const char *who;     /* followed by a process */
} words[SUP_LIMITS] = {
	[SUP_MEMORY] = { "memory", UNIT_BYTES, "it used", "most of it by" },
	[SUP_PIDS] = { "pids", UNIT_TASKS, "it had", "most of them" },
	[SUP_DISK] = { "disk", UNIT_BYTES, "its files took", "most was written by" },
	[SUP_DISK_FILES] = { "disk", UNIT_BYTES, "it made more files, or deeper folders, than are counted; those took",
			     "most was written by" },
	[SUP_TIME] = { "time", UNIT_NS, "it ran longer than", "busiest was" },
	[SUP_FILES] = { "files", UNIT_FILES, "a process had", "by" },
	[SUP_OUTPUT] = { "output", UNIT_BYTES, "it printed", NULL },
	[SUP_NETWORK] = { "net-bytes", UNIT_BYTES, "through the network went", NULL },
};

const char *sup_limit_name(enum sup_limit which)
{
	return words[which].name;
}

static void put_amount(struct buf *b, enum unit unit, uint64_t n)
{
	switch (unit) {
	case UNIT_BYTES:
		str_format_size(b, n);
		break;
	case UNIT_NS:
		str_format_duration(b, (int64_t)n);
		break;
	case UNIT_COUNT:
		buf_printf(b, "%" PRIu64, n);
		break;
	case UNIT_TASKS:
		buf_printf(b, "%" PRIu64 " process%s and threads", n, n == 1 ? "" : "es");
		break;
	case UNIT_FILES:
		buf_printf(b, "%" PRIu64 " open file%s", n, n == 1 ? "" : "s");
		break;
	}
}

/* The kernel keeps any bytes as a process's name; a record holds text. */
static void put_process(struct buf *b, const struct usage_process *p)
{
	text_escape(b, p->name, strlen(p->name));
	buf_printf(b, " (process %d)", (int)p->pid);
}

void sup_reached(struct supervisor *s, enum sup_limit which, uint64_t limit, uint64_t reached,
		 const struct usage_process *who)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(sizeof s->reached.text);
	const struct limit_words *w = &words[which];
	struct sup_reached *r = &s->reached;

	r->is_set = true;
	r->which = which;
	r->limit = limit;
	r->amount = s->diode ? limit : reached;
	r->at_ns = clock_mono(&clock_system) - s->start_mono_ns;
	/* Figures, moments and names of its own choice would be a way out of a diode. */
	if (s->diode) {
		r->at_ns -= r->at_ns % INT64_C(1000000000);
		r->at_ns = diode_coarse(r->at_ns, INT64_C(1000000000));
		snprintf(r->text, sizeof r->text, "it went past its limit of %s", w->name);
		return;
	}
	if (who)
		r->who = *who;
	buf_printf(&text, "%s ", w->reached);
	put_amount(&text, w->unit, which == SUP_TIME ? limit : reached);
	if (which != SUP_TIME) {
		buf_puts(&text, ", the limit is ");
		put_amount(&text, w->unit == UNIT_BYTES ? UNIT_BYTES : UNIT_COUNT, limit);
		buf_puts(&text, "; after ");
		str_format_duration(&text, r->at_ns);
	}
	if (who && who->pid && w->who) {
		buf_printf(&text, "; %s ", w->who);
		put_process(&text, who);
	}
	snprintf(r->text, sizeof r->text, "%s", buf_text(&text));
}

struct jval *sup_reached_to_jval(const struct sup_reached *r)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT(256);
	const struct limit_words *w = &words[r->which];
	bool is_time = w->unit == UNIT_NS;
	struct jval *v = jval_object();

	jval_set_text(v, "name", w->name);
	jval_set_text(v, "unit", w->unit == UNIT_BYTES ? "bytes" : is_time ? "seconds" : "count");
	jval_set(v, "limit", is_time ? jval_new_num((double)r->limit / 1e9) : jval_new_int((int64_t)r->limit));
	jval_set(v, "reached", is_time ? jval_new_num((double)r->amount / 1e9) : jval_new_int((int64_t)r->amount));
	jval_set_num(v, "at_s", (double)r->at_ns / 1e9);
	text_escape(&name, r->who.name, strlen(r->who.name));
	jval_set(v, "pid", r->who.pid ? jval_new_int(r->who.pid) : jval_new_null());
	jval_set_text(v, "process", r->who.pid ? buf_text(&name) : NULL);
	return v;
}

void sup_warn(struct supervisor *s, const char *text)
{
	struct error err = { 0 };

	spool_encode_warning(spool_buffer(s->spool), text, sup_now_ms());
	if (spool_commit(s->spool, &err) < 0)
		sup_trouble(s, &err);
	sup_ctl_tell(s, text);
}

void sup_near(struct supervisor *s, enum sup_limit which, uint64_t limit, uint64_t amount)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(256);
	const struct limit_words *w = &words[which];

	if (!limit || s->warned[which] || s->reached.is_set || amount < limit - limit / (100 / (100 - NEAR_PERCENT)))
		return;
	s->warned[which] = true;
	if (s->diode)
		return;
	buf_printf(&text, "near the %s limit: ", w->name);
	put_amount(&text, w->unit, amount);
	buf_puts(&text, " of ");
	put_amount(&text, w->unit == UNIT_BYTES || w->unit == UNIT_NS ? w->unit : UNIT_COUNT, limit);
	sup_warn(s, buf_text(&text));
}
