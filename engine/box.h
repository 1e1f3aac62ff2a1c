/*
 * How a run is confined: what was asked for besides the plain tier, what is in
 * force, and what is missing on this machine, for the policy and the record.
 */
#ifndef WB_ENGINE_BOX_H
#define WB_ENGINE_BOX_H

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/jval.h"

struct box_wish {
	int tier_min;         /* the weakest that is accepted; 0: nobody said */
	char *profile;        /* call filter; NULL: "ml" */
	char *profile_text;   /* a user's own; NULL: a shipped one */
	bool learn;           /* tell every call that the filter does not let through */
	bool need_overlay;    /* a private copy of the working folder would not do */
};

void box_wish_release(struct box_wish *w);
DEFINE_CLEANUP_VALUE(box_wish_release, struct box_wish);

/* "ml", or the path of a file, which has a '/' in it: read and checked. */
int box_wish_profile(struct box_wish *w, const char *word, struct error *err) WB_MUST_CHECK;

/* Members of the spec's document, for reruns. */
void box_wish_to_jval(const struct box_wish *w, struct jval *spec);
int box_wish_from_jval(const struct jval *spec, struct box_wish *out, struct error *err) WB_MUST_CHECK;

/* ERR_UNSUPPORTED where tier is weaker than the wish, or an overlay is wished for and not to be had. */
int box_check(const struct box_wish *w, int tier, bool overlay, const char *reason, struct error *err) WB_MUST_CHECK;

/* Of the profile wished for; "ml" where none was. Borrowed from w. */
const char *box_profile_name(const struct box_wish *w);

/* The layers in force at a tier, with that version of Landlock (0: none): ["user", …]; owned by the caller. */
struct jval *box_layers(int tier, int landlock_abi);

/*
 * For START: {"tier","profile":{"name","sha256","program_sha256"},"landlock_abi","layers":[…],"missing":[{"layer","what",
 * "instead"}]}; owned by the caller.
 */
struct jval *box_to_jval(const struct box_wish *w, int tier, int landlock_abi);

#endif
