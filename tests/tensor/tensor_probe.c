/* tensor_probe WORKER list|tags FILE NAME: one file through store/tensor.h. JSON and 0, or one line and 1. */
#include "config.h"

#include <fcntl.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/str.h"
#include "store/tensor.h"

static int list(int fd, const char *name, const struct tensor_options *opt, struct buf *out, struct error *err)
{
	CLEANUP(tensor_list_release) struct tensor_list l = { 0 };
	CLEANUP(jval_free) struct jval *v = NULL;

	if (tensor_list(fd, name, opt, &l, err) < 0)
		return -1;
	v = tensor_list_to_jval(&l);
	jval_format(v, JVAL_COMPACT, out);
	return 0;
}

static int tags(int fd, const char *name, const struct tensor_options *opt, struct buf *out, struct error *err)
{
	CLEANUP(tensor_tags_release) struct tensor_tags t = { 0 };
	CLEANUP(jval_free) struct jval *v = jval_object();
	struct jval *names = jval_set(v, "tags", jval_array());

	if (tensor_tags(fd, name, opt, &t, err) < 0)
		return -1;
	for (size_t i = 0; i < t.count; i++)
		jval_push(names, jval_new_text(t.names[i]));
	jval_format(v, JVAL_COMPACT, out);
	return 0;
}

int main(int argc, char **argv)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(LIMIT_JSON);
	CLEANUP(close) int fd = -1;
	struct tensor_options opt = { 0 };
	struct error err = { 0 };
	int rc;

	if (argc != 5)
		return 2;
	opt.worker_path = argv[1];
	fd = fs_open(AT_FDCWD, argv[3], &err);
	if (fd < 0)
		return 2;
	rc = str_eq(argv[2], "tags") ? tags(fd, argv[4], &opt, &out, &err) : list(fd, argv[4], &opt, &out, &err);
	puts(rc < 0 ? err.text : buf_text(&out));
	return rc < 0 ? 1 : 0;
}
