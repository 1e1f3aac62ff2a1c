/* engine/learn.c: denials of a run in, a profile's new lines out. */
#include "config.h"

#include "engine/learn.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/wb_test.h"

enum { DENIALS = 8 };

/* A run of "python3 train.py" that was refused some calls. */
struct scene {
	struct run run;
	struct run_denial denials[DENIALS];
	struct box_wish wish;
	struct learned l;
	struct buf diff;
};

static int setup(void **state)
{
	struct scene *s = mem_zalloc(sizeof *s);
	struct jval *command;

	snprintf(s->run.id, sizeof s->run.id, "%s", "0192f0a1b2c3d4e5f60718293a4b5c6d");
	s->run.start = jval_object();
	jval_set_int(s->run.start, "tier", 1);
	command = jval_set(s->run.start, "command", jval_array());
	jval_push(command, jval_new_text("python3"));
	jval_push(command, jval_new_text("train\033[2J.py"));
	s->run.denials = s->denials;
	s->diff = (struct buf)BUF_INIT(1 << 20);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct scene *s = *state;

	jval_free(s->run.start);
	box_wish_release(&s->wish);
	learned_release(&s->l);
	buf_release(&s->diff);
	free(s);
	return 0;
}

static void deny(struct scene *s, const char *call, const char *object, uint64_t count)
{
	assert_true(s->run.denial_count < DENIALS);
	s->denials[s->run.denial_count++] = (struct run_denial){ .call = (char *)call, .object = (char *)object, .count = count };
}

static void own_profile(struct scene *s, const char *text)
{
	s->wish.profile = mem_strdup("./own.profile");
	s->wish.profile_text = mem_strdup(text);
}

static void read_it(struct scene *s)
{
	struct error err = { 0 };

	assert_ok(learn_read(&s->run, &s->wish, &s->l, &err), &err);
	learn_diff(&s->l, "own.profile", &s->diff);
}

static const struct learned_call *call_of(const struct scene *s, const char *name)
{
	for (size_t i = 0; i < s->l.n; i++)
		if (strcmp(s->l.calls[i].name, name) == 0)
			return &s->l.calls[i];
	return NULL;
}

static void learn__calls__are_told_apart_and_counted_together(void **state)
{
	struct scene *s = *state;

	deny(s, "splice", "4", 3);
	deny(s, "splice", "5", 2);
	deny(s, "ptrace", "PTRACE_TRACEME", 1);
	deny(s, "no_such_call", "", 1);
	deny(s, "openat", "/etc/shadow", 9);
	read_it(s);
	assert_int_equal(call_of(s, "splice")->kind, LEARN_PROPOSED);
	assert_int_equal(call_of(s, "splice")->count, 5);
	assert_int_equal(call_of(s, "ptrace")->kind, LEARN_DANGEROUS);
	assert_int_equal(call_of(s, "no_such_call")->kind, LEARN_ANSWERED);
	/* Another layer stopped it: no filter would have let it through. */
	assert_null(call_of(s, "openat"));
	assert_int_equal(learn_count(&s->l, LEARN_PROPOSED), 1);
	assert_string_equal(s->l.after, "# Seen in run 0192f0a1b2c3: python3 train\\x1b[2J.py\ninclude ml\nallow splice  # 5 times\n");
}

static void learn__what_it_proposes__is_a_profile_that_allows_it(void **state)
{
	struct scene *s = *state;

	deny(s, "splice", "4", 1);
	deny(s, "tee", "", 2);
	read_it(s);
	own_profile(s, s->l.after);
	learned_release(&s->l);
	buf_clear(&s->diff);
	read_it(s);
	/* The same refusals proposed nothing more: they are no longer the filter's to make. */
	assert_int_equal(learn_count(&s->l, LEARN_PROPOSED), 0);
	assert_int_equal(s->diff.len, 0);
	assert_string_equal(s->l.after, s->l.before);
}

static void learn__nothing_refused__is_no_difference(void **state)
{
	struct scene *s = *state;

	read_it(s);
	assert_int_equal(s->l.n, 0);
	assert_int_equal(s->diff.len, 0);
	assert_string_equal(s->l.after, "");
}

static void learn_diff__new_file__is_made_from_nothing(void **state)
{
	struct scene *s = *state;

	deny(s, "splice", "4", 1);
	read_it(s);
	assert_string_equal(buf_text(&s->diff), "--- /dev/null\n+++ b/own.profile\n@@ -0,0 +1,3 @@\n"
						 "+# Seen in run 0192f0a1b2c3: python3 train\\x1b[2J.py\n+include ml\n"
						 "+allow splice  # 1 time\n");
}

static void learn_diff__own_file__keeps_it_and_adds_at_the_end(void **state)
{
	struct scene *s = *state;

	own_profile(s, "# mine\nprofile mine\ninclude ml\nallow tee\n");
	deny(s, "splice", "4", 1);
	read_it(s);
	assert_string_equal(buf_text(&s->diff), "--- a/own.profile\n+++ b/own.profile\n@@ -2,3 +2,5 @@\n"
						 " profile mine\n include ml\n allow tee\n"
						 "+# Seen in run 0192f0a1b2c3: python3 train\\x1b[2J.py\n+allow splice  # 1 time\n");
}

/* The last line has no end: it gets one, and the difference says so as diff(1) does. */
static void learn_diff__file_without_a_last_newline__is_a_patch_all_the_same(void **state)
{
	struct scene *s = *state;

	own_profile(s, "include ml\nallow tee");
	deny(s, "splice", "4", 1);
	read_it(s);
	assert_string_equal(buf_text(&s->diff), "--- a/own.profile\n+++ b/own.profile\n@@ -1,2 +1,4 @@\n"
						 " include ml\n-allow tee\n\\ No newline at end of file\n+allow tee\n"
						 "+# Seen in run 0192f0a1b2c3: python3 train\\x1b[2J.py\n+allow splice  # 1 time\n");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(learn__calls__are_told_apart_and_counted_together, setup, teardown),
	cmocka_unit_test_setup_teardown(learn__what_it_proposes__is_a_profile_that_allows_it, setup, teardown),
	cmocka_unit_test_setup_teardown(learn__nothing_refused__is_no_difference, setup, teardown),
	cmocka_unit_test_setup_teardown(learn_diff__new_file__is_made_from_nothing, setup, teardown),
	cmocka_unit_test_setup_teardown(learn_diff__own_file__keeps_it_and_adds_at_the_end, setup, teardown),
	cmocka_unit_test_setup_teardown(learn_diff__file_without_a_last_newline__is_a_patch_all_the_same, setup, teardown),
};

WB_TEST_MAIN(tests)
