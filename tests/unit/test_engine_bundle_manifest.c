/* The manifest of a bundle: paths, order, what is refused, the trailer. */
#include "config.h"

#include "engine/bundle_manifest.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "tests/support/wb_test.h"

#define ID "01a1fd635ce97adea3111b8d6bdc9c90"

static void name__each_form__is_told_apart(void **state)
{
	struct bundle_name n;

	(void)state;
	assert_true(bundle_name_parse("code/blob/e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", &n));
	assert_int_equal(n.kind, BUNDLE_BLOB);
	assert_int_equal(n.id.b[0], 0xe6);
	assert_true(bundle_name_parse("code/tree/e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", &n));
	assert_int_equal(n.kind, BUNDLE_TREE);
	assert_true(bundle_name_parse("objects/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", &n));
	assert_int_equal(n.kind, BUNDLE_OBJECT);
	assert_true(bundle_name_parse("runs/" ID "/spool", &n));
	assert_int_equal(n.kind, BUNDLE_RUN_FILE);
	assert_string_equal(n.run_id, ID);
	assert_string_equal(n.file, "spool");
}

static void name__anything_else__has_no_place(void **state)
{
	static const char *const wrong[] = {
		"", "manifest.json", "code/blob/e69d", "code/blob/E69DE29BB2D1D6434B8B29AE775AD8C2E48C5391",
		"code/blob/e69de29bb2d1d6434b8b29ae775ad8c2e48c53911", "code/blobs/e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
		"objects/e3/b0c4", "objects/../../etc/passwd", "runs/" ID "/evil", "runs/" ID "/../spool", "runs/" ID "/spool/x",
		"runs/" ID, "runs/../spool", "/etc/passwd", "runs/01A1FD635CE97ADEA3111B8D6BDC9C90/spool",
	};
	struct bundle_name n;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(bundle_name_parse(wrong[i], &n));
}

static void add(struct bundle_manifest *m, const char *path, uint64_t bytes)
{
	struct bundle_entry *e = bundle_manifest_add(m);

	e->path = mem_strdup(path);
	e->bytes = bytes;
}

static void fill(struct bundle_manifest *m)
{
	struct bundle_run *r = bundle_manifest_add_run(m);

	add(m, "runs/" ID "/spool", 10);
	add(m, "code/blob/e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", 0);
	add(m, "runs/" ID "/log", 5);
	add(m, "runs/" ID "/log", 5);
	snprintf(r->id, sizeof r->id, "%s", ID);
	r->name = mem_strdup("calm\nriver");
	r->experiment = mem_strdup("Default");
	r->status = mem_strdup("FINISHED");
	bundle_manifest_sort(m);
}

static void parse__of_a_formatted_one__is_the_same(void **state)
{
	CLEANUP(bundle_manifest_release) struct bundle_manifest m = { 0 };
	CLEANUP(bundle_manifest_release) struct bundle_manifest back = { 0 };
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_MIB);
	struct error err = { 0 };

	(void)state;
	fill(&m);
	assert_int_equal(m.n, 3);
	bundle_manifest_format(&m, &text);
	assert_ok(bundle_manifest_parse(buf_text(&text), text.len, &back, &err), &err);
	assert_int_equal(back.n, 3);
	assert_string_equal(back.entries[0].path, "code/blob/e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
	assert_int_equal(back.n_runs, 1);
	assert_string_equal(back.runs[0].name, "calm\nriver");
	assert_non_null(bundle_manifest_find(&back, "runs/" ID "/log"));
	assert_null(bundle_manifest_find(&back, "runs/" ID "/manifest.json"));
}

/* The sound text with one part replaced. */
static void expect_refused(const char *part, const char *by, enum error_code code, const char *why)
{
	CLEANUP(bundle_manifest_release) struct bundle_manifest m = { 0 };
	CLEANUP(bundle_manifest_release) struct bundle_manifest back = { 0 };
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_MIB);
	CLEANUP(buf_release) struct buf changed = BUF_INIT(LIMIT_MIB);
	struct error err = { 0 };
	const char *at;

	fill(&m);
	bundle_manifest_format(&m, &text);
	at = strstr(buf_text(&text), part);
	assert_non_null(at);
	buf_append(&changed, text.data, (size_t)(at - text.data));
	buf_puts(&changed, by);
	buf_puts(&changed, at + strlen(part));
	assert_refused(bundle_manifest_parse(buf_text(&changed), changed.len, &back, &err), &err, code, why);
}

static void parse__one_thing_wrong__is_refused(void **state)
{
	(void)state;
	expect_refused("\"v\":1", "\"v\":2", ERR_UNSUPPORTED, "version 2");
	expect_refused("\"encryption\":null", "\"encryption\":{}", ERR_UNSUPPORTED, "encrypted");
	expect_refused("\"signatures\":[]", "\"signatures\":1", ERR_CORRUPT, "not complete");
	expect_refused("wb-bundle", "wb-other", ERR_CORRUPT, "not a bundle");
	expect_refused("\"bytes\":10", "\"bytes\":-10", ERR_CORRUPT, "without path, size or digest");
	expect_refused("/spool", "/evil", ERR_CORRUPT, "no place in a bundle");
	expect_refused("/spool", "/edits.json", ERR_CORRUPT, "twice or out of order");
	expect_refused("code/blob/e6", "code/blob/zz", ERR_CORRUPT, "no place in a bundle");
	expect_refused("\"run_id\":\"01a1", "\"run_id\":\"01a2", ERR_CORRUPT, "the record of run");
	expect_refused("\"name\":", "\"title\":", ERR_CORRUPT, "without id, name");
	expect_refused("{", "", ERR_CORRUPT, "manifest");
}

static void trailer__made_and_parsed__is_the_same(void **state)
{
	unsigned char bytes[BUNDLE_TRAILER_BYTES];
	struct digest d = digest_of("abc", 3), back;

	(void)state;
	bundle_trailer_format(&d, bytes);
	assert_true(bundle_trailer_parse(bytes, &back));
	assert_true(digest_eq(&d, &back));
	bytes[3] ^= 1;
	assert_false(bundle_trailer_parse(bytes, &back));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(name__each_form__is_told_apart),
	cmocka_unit_test(name__anything_else__has_no_place),
	cmocka_unit_test(parse__of_a_formatted_one__is_the_same),
	cmocka_unit_test(parse__one_thing_wrong__is_refused),
	cmocka_unit_test(trailer__made_and_parsed__is_the_same),
};
WB_TEST_MAIN(tests)
