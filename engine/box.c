/* What confines a run, in words and documents. */
#include "config.h"

#include "engine/box.h"

#include <fcntl.h>
#include <string.h>

#include "base/digest.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "sandbox/filter.h"
#include "sandbox/landlock_abi.h"

void box_wish_release(struct box_wish *w)
{
	free(w->profile);
	free(w->profile_text);
	*w = (struct box_wish){ 0 };
}

const char *box_profile_name(const struct box_wish *w)
{
	return w->profile ? w->profile : "ml";
}

/* --- the call filter --- */

static int read_file(const char *path, char **out_name, char **out_text, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(PROFILE_TEXT_MAX);
	CLEANUP(profile_release) struct profile p = { .name = "" };

	if (fs_read_file(AT_FDCWD, path, &text, err) < 0)
		return -1;
	if (strlen(buf_text(&text)) != text.len)
		return error_set(err, ERR_INVALID, "%s has a NUL byte", path);
	if (filter_profile_load(path, buf_text(&text), &p, err) < 0)
		return -1;
	*out_name = mem_strdup(p.name);
	*out_text = buf_take(&text);
	return 0;
}

int box_wish_profile(struct box_wish *w, const char *word, struct error *err)
{
	char *name = NULL, *text = NULL;

	if (strchr(word, '/')) {
		if (read_file(word, &name, &text, err) < 0)
			return -1;
	} else if (filter_profile_check(word, NULL, err) < 0) {
		return -1;
	} else {
		name = mem_strdup(word);
	}
	free(w->profile);
	free(w->profile_text);
	w->profile = name;
	w->profile_text = text;
	return 0;
}

void box_wish_to_jval(const struct box_wish *w, struct jval *spec)
{
	if (w->tier_min)
		jval_set_int(spec, "tier_min", w->tier_min);
	if (w->profile)
		jval_set_text(spec, "profile", w->profile);
	if (w->profile_text)
		jval_set_text(spec, "profile_text", w->profile_text);
	if (w->need_overlay)
		jval_set_bool(spec, "need_overlay", true);
	if (w->learn)
		jval_set_bool(spec, "learn", true);
}

int box_wish_from_jval(const struct jval *spec, struct box_wish *out, struct error *err)
{
	const char *profile = jval_get_text(spec, "profile"), *text = jval_get_text(spec, "profile_text");

	/* What it was may be gone by now, or ask for more than this version gives. */
	if (profile && filter_profile_check(profile, text, err) < 0)
		return error_wrap(err, "the run's call filter");
	*out = (struct box_wish){
		.tier_min = (int)jval_get_int(spec, "tier_min", 0),
		.profile = mem_strdup(profile),
		.profile_text = mem_strdup(text),
		.need_overlay = jval_get_bool(spec, "need_overlay", false),
		.learn = jval_get_bool(spec, "learn", false),
	};
	return 0;
}

/* --- what is in force --- */

int box_check(const struct box_wish *w, int tier, bool overlay, const char *reason, struct error *err)
{
	if (w->tier_min && tier > w->tier_min) {
		error_set(err, ERR_UNSUPPORTED, "tier %d is the weakest that is accepted, and this run would have tier %d%s%s",
			  w->tier_min, tier, *reason ? ": " : "", reason);
		return error_hint(err, "`wb doctor` lists each missing layer and how to get it");
	}
	if (w->need_overlay && !overlay) {
		error_set(err, ERR_UNSUPPORTED, "--workdir overlay: %s", tier == 1 ? "this machine has no overlayfs for it" :
			  "only tier 1 can mount one");
		return error_hint(err, "a private copy gives the same result: --workdir copy");
	}
	return 0;
}

struct jval *box_layers(int tier, int landlock_abi)
{
	static const char *const spaces[] = { "user", "mount", "pid", "net", "ipc", "uts" };
	static const char *const others[] = { "seccomp", "no_new_privs", "rlimits" };
	struct jval *array = jval_array();

	for (size_t i = 0; tier == 1 && i < sizeof spaces / sizeof *spaces; i++)
		jval_push(array, jval_new_text(spaces[i]));
	if (tier != 3 && landlock_abi > 0)
		jval_push(array, jval_new_text("landlock"));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		jval_push(array, jval_new_text(others[i]));
	return array;
}

static void missing_add(struct jval *array, const char *layer, const char *what, const char *instead)
{
	struct jval *v = jval_push(array, jval_object());

	jval_set_text(v, "layer", layer);
	jval_set_text(v, "what", what);
	jval_set_text(v, "instead", instead);
}

/* Of Landlock: each right that the kernel lacks. In tier 1 the namespaces do what it would do a second time. */
static void landlock_missing(struct jval *array, int tier, int abi)
{
	const struct landlock_right *r;

	if (tier == 3) {
		missing_add(array, "landlock", "all of it", NULL);
		return;
	}
	for (unsigned i = 0; (r = landlock_right_at(i)); i++)
		if (r->abi > abi)
			missing_add(array, "landlock", r->about,
				    tier == 1 ? "the run's own namespaces and read-only mounts" : r->instead);
}

static struct jval *profile_to_jval(const struct box_wish *w, int tier)
{
	const struct filter_want want = { .profile = w->profile, .text = w->profile_text, .tier = tier, .notify = true,
					  .opens = true, .learn = w->learn };
	CLEANUP(filter_program_release) struct filter_program f = { .profile = NULL };
	const char *text = w->profile_text ? w->profile_text : filter_profile_text(box_profile_name(w));
	struct jval *v = jval_object();
	struct digest d;
	struct error ignored = { 0 };
	char hex[65];

	jval_set_text(v, "name", box_profile_name(w));
	if (text) {
		d = digest_of(text, strlen(text));
		jval_set_text(v, "sha256", digest_hex(&d).text);
	}
	if (filter_get(&want, &f, &ignored) == 0) {
		filter_digest(&f, hex);
		jval_set_text(v, "program_sha256", hex);
	}
	if (w->profile_text)
		jval_set_bool(v, "own", true);
	if (w->learn)
		jval_set_bool(v, "learn", true);
	return v;
}

struct jval *box_to_jval(const struct box_wish *w, int tier, int landlock_abi)
{
	static const char *const spaces[][2] = {
		{ "mount", "files outside are hidden by Landlock's rules only: their names and sizes can be asked for" },
		{ "pid", "the machine's processes can be seen" },
		{ "net", "the machine's network: the call filter lets no socket to it be made" },
		{ "ipc", "System V and POSIX queues: the call filter refuses them" },
	};
	struct jval *v = jval_object(), *missing;

	jval_set_int(v, "tier", tier);
	jval_set(v, "profile", profile_to_jval(w, tier));
	jval_set_int(v, "landlock_abi", tier == 3 ? 0 : landlock_abi);
	jval_set(v, "layers", box_layers(tier, landlock_abi));
	missing = jval_set(v, "missing", jval_array());
	for (size_t i = 0; tier != 1 && i < sizeof spaces / sizeof *spaces; i++)
		missing_add(missing, spaces[i][0],
			    tier == 3 && i == 0 ? "nothing confines files: all that you can read or write, the run can" : spaces[i][1],
			    NULL);
	landlock_missing(missing, tier, landlock_abi);
	return v;
}
