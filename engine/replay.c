/* Deciding again. */
#include "config.h"

#include "engine/replay.h"

#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/decide.h"
#include "store/object.h"

enum { KEPT = 8, TELL_EVERY = 256 };

/* Policies of the past, compiled once for all the runs that they decided about. */
struct past {
	struct digest names; /* of the list in the record */
	struct policies policies;
	struct error *why;   /* they cannot be had */
};

struct replaying {
	struct engine *engine;
	const struct replay_options *o;
	struct replay_count count;
	struct past past[KEPT];
	size_t npast, next;
};

static void past_release(struct past *p)
{
	policies_release(&p->policies);
	free(p->why);
}

static void replaying_release(struct replaying *r)
{
	for (size_t i = 0; i < r->npast; i++)
		past_release(&r->past[i]);
}
DEFINE_CLEANUP_VALUE(replaying_release, struct replaying);

const char *replay_result_name(enum replay_result r)
{
	static const char *const names[] = { "same", "differs", "denied", "allowed", "unknown" };

	return names[r];
}

/* ---- the input in the record ----------------------------------------------------------------------------- */

/* The end of the JSON value at s; NULL when it does not end. What the database has was printed by wb. */
static const char *value_end(const char *s, const char *end)
{
	size_t depth = 0;
	bool quoted = false;

	for (; s < end; s++) {
		if (quoted) {
			quoted = *s != '"';
			if (*s == '\\')
				s++;
			else if (!quoted && !depth)
				return s + 1;
		} else if (*s == '"') {
			quoted = true;
		} else if (*s == '{' || *s == '[') {
			depth++;
		} else if (!depth && (*s == ',' || *s == ':' || *s == '}' || *s == ']')) {
			return s;
		} else if ((*s == '}' || *s == ']') && --depth == 0) {
			return s + 1;
		}
	}
	return NULL;
}

struct member {
	const char *name, *value; /* the name without its quotes */
	size_t name_len, value_len;
};

/* The member of an object at *s, behind "{" or what was read before. False at the end, and at what is no object. */
static bool next_member(const char **s, const char *end, struct member *out)
{
	const char *value, *stop;

	if (*s >= end || **s != '"' || !(value = value_end(*s, end)) || value >= end || *value != ':' ||
	    !(stop = value_end(value + 1, end)))
		return false;
	*out = (struct member){ *s + 1, value + 1, (size_t)(value - *s) - 2, (size_t)(stop - value) - 1 };
	*s = stop + (stop < end && *stop == ',');
	return true;
}

static bool is_named(const struct member *m, const char *name)
{
	return m->name_len == strlen(name) && memcmp(m->name, name, m->name_len) == 0;
}

/*
 * The member's text, without reading all the rest into memory: that is what most of the time would go to.
 * False where the document has none.
 */
static bool find_member(const struct tracker_decision *d, const char *name, const char **out, size_t *out_len)
{
	const char *s = d->document + 1, *end = d->document + d->document_len;
	struct member m;

	while (next_member(&s, end, &m))
		if (is_named(&m, name)) {
			*out = m.value;
			*out_len = m.value_len;
			return true;
		}
	return false;
}

/* ---- by other files -------------------------------------------------------------------------------------- */

static void tell(struct replaying *r, struct replayed *now)
{
	r->count.by_result[now->result]++;
	if (r->o->fn && (r->o->all || now->result != REPLAY_SAME))
		r->o->fn(r->o->data, now);
}

static void tell_unknown(struct replaying *r, const struct tracker_decision *d, const char *why)
{
	struct replayed now = { .before = d, .result = REPLAY_UNKNOWN, .why = why };

	tell(r, &now);
}

/* The input and what was answered then to what cannot be asked again. */
static struct policy_asked asked_then(const struct tracker_decision *d, const char *input, size_t len)
{
	struct policy_asked a = { .input = input, .len = len };
	struct tracker_decision detail = { 0 };

	if (!find_member(d, "detail", &detail.document, &detail.document_len) ||
	    !find_member(&detail, "nondeterministic", &a.given, &a.given_len))
		a.given = NULL;
	return a;
}

static void replay_with(struct replaying *r, const struct tracker_decision *d, const char *input, size_t len)
{
	CLEANUP(policy_decision_release) struct policy_decision made = { 0 };
	struct replayed now = { .before = d, .result = REPLAY_SAME, .decision = &made };
	bool was_denied = !str_eq(d->decision, "allow");
	struct policy_asked asked = asked_then(d, input, len);
	struct error why;

	if (decide_layers(r->o->with, &asked, &made, &why) < 0) {
		tell_unknown(r, d, why.text);
		return;
	}
	now.denied = made.verdict != POLICY_ALLOW;
	if (now.denied != was_denied)
		now.result = now.denied ? REPLAY_DENIED : REPLAY_ALLOWED;
	tell(r, &now);
}

/* ---- by the files of then -------------------------------------------------------------------------------- */

static int load_file(struct store *s, const struct jval *entry, struct policy_files *out, struct error *err)
{
	const char *kind = jval_get_text(entry, "kind"), *hex = jval_get_text(entry, "sha256"), *below = jval_get_text(entry, "below");
	const char *path = jval_get_text(entry, "file");
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_JSON);
	CLEANUP(close) int fd = -1;
	struct policy_file *f;
	struct digest d;

	if (!kind || !hex || !path || !digest_parse(hex, &d))
		return error_set(err, ERR_NOT_FOUND, "its record does not keep the files that decided");
	fd = object_open(s, &d, NULL, err);
	if (fd < 0 || fs_read_fd(fd, path, &text, err) < 0)
		return error_wrap(err, "%s", path);
	f = policy_files_add(out, path, str_eq(kind, "json") ? POLICY_FILE_JSON : str_eq(kind, "yaml") ? POLICY_FILE_YAML :
			     POLICY_FILE_REGO, buf_text(&text), text.len);
	if (!digest_eq(&f->digest, &d))
		return error_set(err, ERR_CORRUPT, "%s: the bytes that were kept are not those that decided", path);
	f->layer = str_eq(jval_get_text(entry, "layer"), "site") ? POLICY_LAYER_SITE : POLICY_LAYER_PROJECT;
	free(f->below);
	f->below = mem_strdup(below ? below : "");
	return 0;
}

static int load_past(struct replaying *r, const struct jval *names, struct policies *out, struct error *err)
{
	CLEANUP(policy_files_release) struct policy_files files = { 0 };

	for (size_t i = 0; i < jval_count(names); i++)
		if (load_file(engine_store(r->engine), jval_at(names, i), &files, err) < 0)
			return -1;
	policies_of_files(&files, NULL, out);
	return 0;
}

/* Found among those met last, or loaded. names is the list in the record, as text. */
static const struct past *past_of(struct replaying *r, const char *names, size_t len)
{
	CLEANUP(jval_free) struct jval *list = NULL;
	struct digest d = digest_of(names, len);
	struct error why = { 0 };
	struct past *p;

	for (size_t i = 0; i < r->npast; i++)
		if (digest_eq(&r->past[i].names, &d))
			return &r->past[i];
	p = &r->past[r->next];
	if (r->npast == KEPT)
		past_release(p);
	else
		r->npast++;
	r->next = (r->next + 1) % KEPT;
	*p = (struct past){ .names = d };
	if (jval_parse(names, len, &list, &why) < 0 || load_past(r, list, &p->policies, &why) < 0)
		p->why = mem_dup(&why, sizeof why);
	return p;
}

/* Whether the text stands for the value: as wb prints it, else read and put into one order. */
static bool is_value(const char *text, size_t len, const struct jval *v)
{
	CLEANUP(buf_release) struct buf x = BUF_INIT(LIMIT_JSON), y = BUF_INIT(LIMIT_JSON);
	CLEANUP(jval_free) struct jval *read = NULL;
	struct error ignored = { 0 };

	jval_format(v, JVAL_COMPACT, &x);
	if (x.len == len && memcmp(x.data, text, len) == 0)
		return true;
	if (jval_parse(text, len, &read, &ignored) < 0)
		return false;
	buf_clear(&x);
	jval_format(v, JVAL_CANONICAL, &x);
	jval_format(read, JVAL_CANONICAL, &y);
	return x.len == y.len && (!x.len || memcmp(x.data, y.data, x.len) == 0);
}

/* The first member in which two records of a decision differ; all but the time it took must be the same. */
static const char *difference(const struct tracker_decision *before, const struct jval *now)
{
	static const char *const members[] = { "decision", "reasons", "warnings", "detail", "input" };

	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		const struct jval *value = jval_get(now, members[i]);
		const char *text;
		size_t len;

		if (find_member(before, members[i], &text, &len) ? !value || !is_value(text, len, value) : value != NULL)
			return members[i];
	}
	return NULL;
}

static bool find_names(const struct tracker_decision *d, const char **out, size_t *out_len)
{
	struct tracker_decision detail = { 0 };

	return find_member(d, "detail", &detail.document, &detail.document_len) &&
	       find_member(&detail, "policies", out, out_len);
}

static bool is_text(const struct tracker_decision *d, const char *name, const char *text, size_t len)
{
	const char *value;
	size_t n;

	return find_member(d, name, &value, &n) && n == len && memcmp(value, text, n) == 0;
}

static bool same_texts(const struct tracker_decision *d, const char *name, const struct policy_reason *reasons, size_t n)
{
	CLEANUP(jval_free) struct jval *array = NULL;
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_JSON);

	if (!n)
		return is_text(d, name, "[]", 2);
	array = jval_array();
	for (size_t i = 0; i < n; i++)
		jval_push(array, jval_new_text(reasons[i].text));
	jval_format(array, JVAL_COMPACT, &text);
	return is_text(d, name, buf_text(&text), text.len);
}

/* Member by member; the files are those that were loaded by this very list. */
static bool same_detail(const struct tracker_decision *d, const struct policy_decision *made)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_JSON);
	struct member a = { 0 }, b = { 0 };
	const char *s, *t, *end;
	bool more;
	size_t n;

	if (!find_member(d, "detail", &s, &n))
		return false;
	policy_decision_json(made, &text);
	t = buf_text(&text) + 1;
	end = s++ + n;
	while ((more = next_member(&s, end, &a)) && next_member(&t, buf_text(&text) + text.len, &b)) {
		if (a.name_len != b.name_len || memcmp(a.name, b.name, a.name_len) != 0)
			return false;
		if (!is_named(&a, "policies") && (a.value_len != b.value_len || memcmp(a.value, b.value, a.value_len) != 0))
			return false;
	}
	return !more && !next_member(&t, buf_text(&text) + text.len, &b);
}

/* The quick way for what is most often so. False: perhaps not the same, to be found out by making the record anew. */
static bool is_plainly_same(const struct policies *p, const struct tracker_decision *d, const struct policy_asked *asked,
			    struct policy_decision *out)
{
	struct error ignored = { 0 };
	bool allowed;

	if (!p->nlayers || !p->files.n || decide_layers(p, asked, out, &ignored) < 0)
		return false;
	allowed = out->verdict == POLICY_ALLOW;
	return is_text(d, "decision", allowed ? "\"allow\"" : "\"deny\"", allowed ? 7 : 6) &&
	       str_eq(d->decision, allowed ? "allow" : "deny") && same_texts(d, "reasons", out->reasons, out->nreasons) &&
	       same_texts(d, "warnings", out->warnings, out->nwarnings) && same_detail(d, out);
}

static void replay_past(struct replaying *r, const struct tracker_decision *d, const char *input, size_t len)
{
	CLEANUP(jval_free) struct jval *v = NULL;
	CLEANUP(decided_release) struct decided full = { 0 };
	CLEANUP(policy_decision_release) struct policy_decision made = { 0 };
	struct policy_asked asked = asked_then(d, input, len);
	struct replayed now = { .before = d, .result = REPLAY_SAME };
	struct error why = { 0 };
	const struct past *past;
	const char *names;
	size_t names_len;

	if (!find_names(d, &names, &names_len)) {
		tell_unknown(r, d, "its record does not keep the files that decided");
		return;
	}
	past = past_of(r, names, names_len);
	if (!past->why && is_plainly_same(&past->policies, d, &asked, &made)) {
		now.decision = &made;
		now.denied = made.verdict != POLICY_ALLOW;
		tell(r, &now);
		return;
	}
	if (past->why || jval_parse(input, len, &v, &why) < 0 || decide_again(&past->policies, v, &asked, &full, &why) < 0) {
		tell_unknown(r, d, past->why ? past->why->text : why.text);
		return;
	}
	now.denied = full.denied;
	now.record = full.record;
	now.member = difference(d, full.record);
	if (now.denied != !str_eq(d->decision, "allow"))
		now.result = now.denied ? REPLAY_DENIED : REPLAY_ALLOWED;
	else if (now.member)
		now.result = REPLAY_DIFFERS;
	tell(r, &now);
}

/* ---- all of them ----------------------------------------------------------------------------------------- */

static int on_decision(void *data, const struct tracker_decision *d, struct error *err)
{
	struct replaying *r = data;
	const char *input;
	size_t len;

	(void)err;
	r->count.runs++;
	if (!find_member(d, "input", &input, &len))
		tell_unknown(r, d, "its record does not keep what was asked");
	else if (r->o->with)
		replay_with(r, d, input, len);
	else
		replay_past(r, d, input, len);
	if (r->o->progress && r->count.runs % TELL_EVERY == 0)
		r->o->progress(r->o->data, r->count.runs);
	return 0;
}

int replay(struct engine *e, const struct replay_options *o, struct replay_count *out, struct query_mark *mark, struct error *err)
{
	CLEANUP(replaying_release) struct replaying r = { .engine = e, .o = o };
	struct tracker *tracker;

	if (o->with && !o->with->nlayers)
		return error_set(err, ERR_INVALID, "the policy has %s", o->with->diags.errors == 1 ? "an error" : "errors");
	if (engine_tracker(e, &tracker, err) < 0 || tracker_decision_each(tracker, &o->filter, on_decision, &r, mark, err) < 0)
		return -1;
	*out = r.count;
	return 0;
}
