/* YAML to a tree: shapes, places, and what is refused. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "engine/yamldoc.h"

struct fixture {
	struct ydoc doc;
	struct error err;
	char *text;
};

static int setup(void **state)
{
	*state = mem_zalloc(sizeof(struct fixture));
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	ydoc_release(&f->doc);
	free(f->text);
	free(f);
	return 0;
}

static int parse(struct fixture *f, const char *text)
{
	return ydoc_parse("f.yaml", text, strlen(text), &f->doc, &f->err);
}

static void ydoc_parse__shapes__keep_order_and_places(void **state)
{
	struct fixture *f = *state;
	const struct ynode *b, *item;

	assert_ok(parse(f, "# ü\nä: 1\nb:\n  - x\n  - \"y z\"\nc: {d: ~, e: 'null'}\n"), &f->err);
	assert_int_equal(f->doc.root.kind, YNODE_MAP);
	assert_int_equal(f->doc.root.n, 3);
	b = ynode_find(&f->doc.root, "b");
	assert_non_null(b);
	assert_int_equal(b->kind, YNODE_LIST);
	assert_false(b->is_flow);
	assert_int_equal(b->key_line, 3);
	item = &b->items[1];
	assert_string_equal(item->text, "y z");
	assert_true(item->is_quoted);
	assert_int_equal(item->line, 5);
	assert_int_equal(item->col, 5);
	/* Two letters of two bytes each stand before it. */
	assert_int_equal(item->start, strlen("# ü\nä: 1\nb:\n  - x\n  - "));
	assert_int_equal(item->end - item->start, 5);
	item = ynode_find(&f->doc.root, "c");
	assert_true(item->is_flow);
	assert_true(ynode_is_null(ynode_find(item, "d")));
	assert_false(ynode_is_null(ynode_find(item, "e")));
	assert_null(ynode_find(&f->doc.root, "B"));
}

static void ydoc_parse__nothing__is_null(void **state)
{
	static const char *const texts[] = { "", "\n\n", "# words\n", "---\n", "~\n" };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		assert_ok(parse(f, texts[i]), &f->err);
		assert_true(ynode_is_null(&f->doc.root));
		ydoc_release(&f->doc);
	}
}

static void ydoc_parse__hostile_texts__are_refused_in_one_line(void **state)
{
	static const struct {
		const char *text;
		const char *part;
	} cases[] = {
		{ "a: &x 1\n", "f.yaml:1:4: anchors (&)" },
		{ "&k a: 1\n", "anchors (&)" },
		{ "a: &x {b: 1}\n", "anchors (&)" },
		{ "a: *x\n", "aliases (*)" },
		{ "*x : 1\n", "aliases (*)" },
		{ "a: !!python/object:os.system x\n", "tags (!)" },
		{ "a: !x [1]\n", "tags (!)" },
		{ "a: 1\nb: 2\na: 3\n", "f.yaml:3:1: 'a' is there a second time (first in line 1)" },
		{ "a: {b: 1, b: 2}\n", "'b' is there a second time" },
		{ "? [a]\n: b\n", "a key is expected" },
		{ "a: 1\n---\nb: 1\n", "a second document begins here" },
		{ "a: [1\n", "f.yaml:" },
		{ "a:\n\tb: 1\n", "f.yaml:2:" },
		{ "a: \"\\0\"\n", "NUL byte" },
		{ "a: \x01\n", "f.yaml:1: control characters" },
		{ "ok: 1\nbad: \xff\xfe\n", "f.yaml:2: this is not UTF-8" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		error_clear(&f->err);
		assert_refused(parse(f, cases[i].text), &f->err, ERR_INVALID, cases[i].part);
		assert_null(strchr(f->err.text, '\n'));
		assert_null(f->doc.path);
	}
}

/* n times part. */
static char *repeated(const char *part, size_t n)
{
	size_t len = strlen(part);
	char *text = mem_alloc(n * len + 1);

	for (size_t i = 0; i < n; i++)
		memcpy(text + i * len, part, len);
	text[n * len] = '\0';
	return text;
}

static void ydoc_parse__bombs__end_at_the_ceilings(void **state)
{
	struct fixture *f = *state;
	static const char *const deep[] = { "[", "{a: ", "- ", "? " };

	for (size_t i = 0; i < sizeof deep / sizeof deep[0]; i++) {
		f->text = repeated(deep[i], 100000);
		error_clear(&f->err);
		assert_refused(parse(f, f->text), &f->err, ERR_INVALID, "f.yaml:1:");
		free(f->text);
	}
	f->text = repeated("- x\n", YAMLDOC_NODES);
	assert_refused(parse(f, f->text), &f->err, ERR_INVALID, "too many values");
	free(f->text);
	f->text = repeated("- x\n", YAMLDOC_NODES - 1);
	assert_ok(parse(f, f->text), &f->err);
	assert_int_equal(f->doc.root.n, YAMLDOC_NODES - 1);
}

static void ydoc_refuse__a_member__points_at_its_key(void **state)
{
	struct fixture *f = *state;

	assert_ok(parse(f, "a:\n  b:   1\n"), &f->err);
	assert_int_equal(ydoc_refuse(&f->doc, &f->doc.root.items[0].items[0], &f->err, "'%s' is odd", "b"), -1);
	assert_string_equal(f->err.text, "f.yaml:2:3: 'b' is odd");
}

static void ydoc_load__no_file__is_not_found(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free) char *path = mem_printf("%s/none.yaml", wb_test_tmpdir());

	assert_refused(ydoc_load(path, &f->doc, &f->err), &f->err, ERR_NOT_FOUND, "none.yaml");
}

static void ydoc_load__no_plain_file__is_refused_at_once(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free) char *pipe = mem_printf("%s/pipe.yaml", wb_test_tmpdir());

	assert_int_equal(mkfifo(pipe, 0600), 0);
	assert_refused(ydoc_load(pipe, &f->doc, &f->err), &f->err, ERR_INVALID, "pipe.yaml is no file");
	assert_refused(ydoc_load("/dev/zero", &f->doc, &f->err), &f->err, ERR_INVALID, "/dev/zero is no file");
	assert_refused(ydoc_load(wb_test_tmpdir(), &f->doc, &f->err), &f->err, ERR_INVALID, "is no file");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static const struct CMUnitTest tests[] = {
	CASE(ydoc_parse__shapes__keep_order_and_places),
	CASE(ydoc_parse__nothing__is_null),
	CASE(ydoc_parse__hostile_texts__are_refused_in_one_line),
	CASE(ydoc_parse__bombs__end_at_the_ceilings),
	CASE(ydoc_refuse__a_member__points_at_its_key),
	CASE(ydoc_load__no_file__is_not_found),
	CASE(ydoc_load__no_plain_file__is_refused_at_once),
};

WB_TEST_MAIN(tests)
