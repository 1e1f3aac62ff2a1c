/* Listing the tensors of outputs. */
#include "config.h"

#include "engine/tensor_index.h"

#include "base/clock.h"
#include "store/object.h"
#include "store/tensor.h"

enum { FILES_MAX = 100, TENSORS_MAX = 1000 };

/* For all files of a run together. */
#define TIME_NS INT64_C(10000000000)

static struct jval *tensor_to_jval(const struct tensor_info *t)
{
	struct jval *v = jval_object();
	struct jval *shape = t->shape.is_null ? jval_new_null() : jval_array();

	for (unsigned i = 0; i < t->shape.rank; i++)
		jval_push(shape, jval_new_int((int64_t)t->shape.dims[i]));
	jval_set_text(v, "path", t->path);
	jval_set(v, "shape", shape);
	jval_set_text(v, "dtype", t->dtype);
	jval_set_int(v, "bytes", (int64_t)t->bytes);
	return v;
}

/* Adds at most *left tensors, and takes them from it. */
static struct jval *file_to_jval(int fd, const char *path, int64_t time_ns, size_t *left)
{
	CLEANUP(tensor_list_release) struct tensor_list list = { 0 };
	const struct tensor_options options = { .timeout_ns = time_ns };
	struct jval *v = jval_object(), *tensors;
	struct error err = { 0 };
	size_t n;

	jval_set_text(v, "path", path);
	if (tensor_list(fd, path, &options, &list, &err) < 0) {
		jval_set_text(v, "error", err.text);
		return v;
	}
	n = list.count < *left ? list.count : *left;
	*left -= n;
	jval_set_text(v, "format", list.format);
	tensors = jval_set(v, "tensors", jval_array());
	for (size_t i = 0; i < n; i++)
		jval_push(tensors, tensor_to_jval(&list.tensors[i]));
	if (n < list.count)
		jval_set_int(v, "more", (int64_t)(list.count - n));
	return v;
}

struct jval *tensor_index(const struct store *store, const struct collected *c)
{
	struct jval *index = NULL;
	int64_t end_ns = clock_mono(&clock_system) + TIME_NS;
	size_t left = TENSORS_MAX, files = 0, more = 0;

	for (size_t i = 0; i < c->n_files; i++) {
		struct error ignored = { 0 };
		CLEANUP(close) int fd = !c->files[i].tensors ? -1 : object_open(store, &c->files[i].digest, NULL, &ignored);
		int64_t left_ns = end_ns - clock_mono(&clock_system);

		if (fd < 0 || !tensor_is_container(fd))
			continue;
		if (files == FILES_MAX || left == 0 || left_ns <= 0) {
			more++;
			continue;
		}
		if (!index)
			index = jval_array();
		jval_push(index, file_to_jval(fd, c->files[i].path, left_ns, &left));
		files++;
	}
	if (more && index)
		jval_set_int(jval_push(index, jval_object()), "more", (int64_t)more);
	return index;
}
