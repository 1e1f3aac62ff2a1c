/* What a run's record says of its sandbox, on kernels of every version of Landlock; wishes that travel. */
#include "config.h"

#include "engine/box.h"

#include <string.h>

#include "base/str.h"
#include "tests/support/wb_test.h"

static size_t count_missing(const struct jval *box, const char *layer)
{
	const struct jval *list = jval_get(box, "missing");
	size_t n = 0;

	for (size_t i = 0; i < jval_count(list); i++)
		n += str_eq(jval_get_text(jval_at(list, i), "layer"), layer);
	return n;
}

static bool has_layer(const struct jval *box, const char *name)
{
	const struct jval *list = jval_get(box, "layers");

	for (size_t i = 0; i < jval_count(list); i++)
		if (str_eq(jval_text(jval_at(list, i)), name))
			return true;
	return false;
}

static void box__each_landlock__names_what_it_lacks(void **state)
{
	static const size_t lacks[] = { 7, 6, 5, 4, 3, 2, 0, 0 };
	const struct box_wish wish = { 0 };

	(void)state;
	for (int abi = 0; abi <= 7; abi++) {
		for (int tier = 1; tier <= 2; tier++) {
			CLEANUP(jval_free) struct jval *box = box_to_jval(&wish, tier, abi);

			assert_int_equal(count_missing(box, "landlock"), lacks[abi]);
			assert_int_equal(has_layer(box, "landlock"), abi > 0);
			assert_int_equal(has_layer(box, "pid"), tier == 1);
			assert_int_equal(count_missing(box, "pid"), tier == 2);
			assert_int_equal(jval_get_int(box, "landlock_abi", -1), abi);
		}
	}
}

static void box__tier_3__has_no_landlock_whatever_the_kernel(void **state)
{
	const struct box_wish wish = { 0 };
	CLEANUP(jval_free) struct jval *box = box_to_jval(&wish, 3, 7);

	(void)state;
	assert_false(has_layer(box, "landlock"));
	assert_true(has_layer(box, "seccomp"));
	assert_int_equal(count_missing(box, "landlock"), 1);
	assert_int_equal(count_missing(box, "mount"), 1);
}

static void box__profile__is_named_by_digest(void **state)
{
	CLEANUP(box_wish_release) struct box_wish wish = { 0 };
	struct error err = { 0 };
	const char *dir = wb_test_tmpdir();
	char path[300];
	const struct jval *p;

	(void)state;
	wb_test_put(dir, "x.profile", "profile loader\ninclude ml\nallow splice\n");
	snprintf(path, sizeof path, "%s/x.profile", dir);
	assert_ok(box_wish_profile(&wish, path, &err), &err);
	{
		CLEANUP(jval_free) struct jval *own = box_to_jval(&wish, 1, 6);
		CLEANUP(jval_free) struct jval *plain = box_to_jval(&(struct box_wish){ 0 }, 1, 6);
		CLEANUP(jval_free) struct jval *flat = box_to_jval(&(struct box_wish){ 0 }, 2, 6);

		p = jval_get(own, "profile");
		assert_string_equal(jval_get_text(p, "name"), "loader");
		assert_int_equal(strlen(jval_get_text(p, "sha256")), 64);
		assert_true(jval_get_bool(p, "own", false));
		assert_string_not_equal(jval_get_text(p, "program_sha256"),
					jval_get_text(jval_get(plain, "profile"), "program_sha256"));
		assert_string_equal(jval_get_text(jval_get(flat, "profile"), "sha256"),
				    jval_get_text(jval_get(plain, "profile"), "sha256"));
		assert_string_not_equal(jval_get_text(jval_get(flat, "profile"), "program_sha256"),
					jval_get_text(jval_get(plain, "profile"), "program_sha256"));
	}
}

static void box_wish__through_a_record__is_the_same_or_refused(void **state)
{
	struct box_wish wish = { .tier_min = 2, .profile = (char *)(uintptr_t)"loader", .need_overlay = true,
				 .profile_text = (char *)(uintptr_t)"include ml\nallow tee\n" };
	CLEANUP(box_wish_release) struct box_wish back = { 0 };
	CLEANUP(jval_free) struct jval *spec = jval_object();
	struct error err = { 0 };

	(void)state;
	box_wish_to_jval(&wish, spec);
	assert_ok(box_wish_from_jval(spec, &back, &err), &err);
	assert_int_equal(back.tier_min, 2);
	assert_true(back.need_overlay);
	assert_string_equal(back.profile_text, wish.profile_text);
	/* A record that was written by somebody else gains nothing. */
	jval_set_text(spec, "profile_text", "include ml\nallow mount\n");
	box_wish_release(&back);
	assert_refused(box_wish_from_jval(spec, &back, &err), &err, ERR_DENIED, "mount");
	jval_set(spec, "profile_text", jval_new_null());
	assert_refused(box_wish_from_jval(spec, &back, &err), &err, ERR_NOT_FOUND, "loader");
}

static void box_check__weaker_than_wished__is_refused(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_ok(box_check(&(struct box_wish){ .tier_min = 1 }, 1, true, "", &err), &err);
	assert_ok(box_check(&(struct box_wish){ 0 }, 2, false, "", &err), &err);
	assert_refused(box_check(&(struct box_wish){ .tier_min = 1 }, 2, true, "no user namespace", &err), &err, ERR_UNSUPPORTED,
		       "no user namespace");
	assert_refused(box_check(&(struct box_wish){ .tier_min = 2 }, 3, true, "", &err), &err, ERR_UNSUPPORTED, "tier 3");
	assert_refused(box_check(&(struct box_wish){ .need_overlay = true }, 1, false, "", &err), &err, ERR_UNSUPPORTED,
		       "overlayfs");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(box__each_landlock__names_what_it_lacks),
	cmocka_unit_test(box__tier_3__has_no_landlock_whatever_the_kernel),
	cmocka_unit_test(box__profile__is_named_by_digest),
	cmocka_unit_test(box_wish__through_a_record__is_the_same_or_refused),
	cmocka_unit_test(box_check__weaker_than_wished__is_refused),
};

WB_TEST_MAIN(tests)
