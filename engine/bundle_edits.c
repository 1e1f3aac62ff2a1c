/* Name, tags and notes carried over. */
#include "config.h"

#include "engine/bundle_edits.h"

#include <string.h>

#include "base/limits.h"
#include "base/str.h"

static bool fits(const char *text, size_t max)
{
	return text && *text && strlen(text) <= max;
}

static bool tags_are_sound(const struct jval *tags)
{
	const char *key;
	const struct jval *value;

	for (void *it = jval_next(tags, NULL, &key, &value); it; it = jval_next(tags, it, &key, &value))
		if (!fits(key, LIMIT_EVENT_KEY) || !jval_text(value) || jval_text_len(value) > LIMIT_TAG_VALUE)
			return false;
	return jval_type(tags) == JVAL_OBJECT;
}

static bool notes_are_sound(const struct jval *notes)
{
	for (size_t i = 0; i < jval_count(notes); i++) {
		const struct jval *n = jval_at(notes, i);

		if (!fits(jval_get_text(n, "text"), LIMIT_CONFIG) || !jval_get_text(n, "author") ||
		    strlen(jval_get_text(n, "author")) > LIMIT_EVENT_KEY || jval_type(jval_get(n, "time_ms")) != JVAL_INT)
			return false;
	}
	return jval_type(notes) == JVAL_ARRAY;
}

int bundle_edits_parse(const char *text, size_t n, struct jval **out, struct error *err)
{
	CLEANUP(jval_free) struct jval *v = NULL;
	const char *name;

	if (jval_parse(text, n, &v, err) < 0) {
		err->code = ERR_CORRUPT;
		return -1;
	}
	name = jval_get_text(v, "name");
	if (!fits(name, LIMIT_RUN_NAME) || *name == '@' || !tags_are_sound(jval_get(v, "tags")) ||
	    !notes_are_sound(jval_get(v, "notes")))
		return error_set(err, ERR_CORRUPT, "a name, tag or note in it is none");
	*out = take_ptr(&v);
	return 0;
}

static int apply_tags(struct tracker *t, const struct run *r, const struct jval *tags, struct error *err)
{
	const char *key;
	const struct jval *value;

	for (void *it = jval_next(tags, NULL, &key, &value); it; it = jval_next(tags, it, &key, &value))
		if (!str_eq(run_tag(r, key), jval_text(value)) && tracker_set_tag(t, r->id, key, jval_text(value), err) < 0)
			return -1;
	for (size_t i = 0; i < r->tag_count; i++)
		if (!jval_get(tags, r->tags[i].key) && tracker_remove_tag(t, r->id, r->tags[i].key, err) < 0)
			return -1;
	return 0;
}

static bool has_note(const struct run *r, const char *author, const char *text, int64_t time_ms)
{
	for (size_t i = 0; i < r->note_count; i++)
		if (r->notes[i].time_ms == time_ms && str_eq(r->notes[i].author, author) && str_eq(r->notes[i].text, text))
			return true;
	return false;
}

static int apply_notes(struct tracker *t, const struct run *r, const struct jval *notes, struct error *err)
{
	for (size_t i = 0; i < jval_count(notes); i++) {
		const struct jval *n = jval_at(notes, i);
		const char *author = jval_get_text(n, "author"), *text = jval_get_text(n, "text");
		int64_t time_ms = jval_get_int(n, "time_ms", 0);

		if (!has_note(r, author, text, time_ms) && tracker_add_note(t, r->id, author, text, time_ms, err) < 0)
			return -1;
	}
	return 0;
}

int bundle_edits_apply(struct tracker *t, const char *run_id, const struct jval *edits, struct error *err)
{
	CLEANUP(run_release) struct run r;
	const char *name = jval_get_text(edits, "name");

	run_init(&r);
	if (tracker_get(t, run_id, &r, err) < 0)
		return -1;
	if (!str_eq(r.name, name) && tracker_rename(t, run_id, name, err) < 0)
		return -1;
	return apply_tags(t, &r, jval_get(edits, "tags"), err) < 0 ? -1 : apply_notes(t, &r, jval_get(edits, "notes"), err);
}
