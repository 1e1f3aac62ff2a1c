/* Tensor listings and tags, put together from the worker's records. */
#include "config.h"

#include "store/tensor.h"

#include <sys/stat.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/tensor_client.h"
#include "store/tensor_codec.h"
#include "store/tensor_format.h"

enum { TAGS_MAX = 1000 };

void tensor_list_release(struct tensor_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		tensor_info_release(&list->tensors[i]);
	for (size_t i = 0; i < list->attr_count; i++)
		tensor_attr_release(&list->attrs[i]);
	for (size_t i = 0; i < list->skipped_count; i++) {
		free(list->skipped[i].path);
		free(list->skipped[i].why);
	}
	free(list->file);
	free(list->format);
	free(list->tensors);
	free(list->attrs);
	free(list->skipped);
	*list = (struct tensor_list){ 0 };
}

void tensor_tags_release(struct tensor_tags *tags)
{
	for (size_t i = 0; i < tags->count; i++)
		free(tags->names[i]);
	free(tags->names);
	*tags = (struct tensor_tags){ 0 };
}

/* ---- listing ---- */

/* A listing while it grows. */
struct listing {
	struct tensor_list list;
	size_t tensor_cap;
	size_t skipped_cap;
};

static int listing_add_tensor(struct listing *l, const struct jval *v, struct error *err)
{
	mem_reserve(&l->list.tensors, &l->tensor_cap, l->list.count + 1);
	if (tensor_info_decode(v, &l->list.tensors[l->list.count], err) < 0)
		return -1;
	l->list.count++;
	return 0;
}

static void listing_add_skipped(struct listing *l, const struct jval *v)
{
	const char *path = jval_get_text(v, "path");
	const char *why = jval_get_text(v, "why");

	mem_reserve(&l->list.skipped, &l->skipped_cap, l->list.skipped_count + 1);
	l->list.skipped[l->list.skipped_count++] = (struct tensor_skipped){
		.path = mem_strdup(path ? path : ""), .why = mem_strdup(why ? why : ""),
	};
}

static int listing_set_file(struct listing *l, const struct jval *v, struct error *err)
{
	const char *format = jval_get_text(v, "format");

	if (!format || l->list.format)
		return error_set(err, ERR_CORRUPT, "the tensor reader's answer does not name the format once");
	l->list.format = mem_strdup(format);
	return tensor_attrs_decode(jval_get(v, "attributes"), &l->list.attrs, &l->list.attr_count, err);
}

static int listing_record(const struct jval *record, void *data, struct error *err)
{
	struct listing *l = data;
	const struct jval *v;

	if ((v = jval_get(record, "tensor")))
		return listing_add_tensor(l, v, err);
	if ((v = jval_get(record, "file")))
		return listing_set_file(l, v, err);
	if ((v = jval_get(record, "skipped"))) {
		listing_add_skipped(l, v);
		return 0;
	}
	return error_set(err, ERR_CORRUPT, "the tensor reader's answer has an unknown record");
}

int tensor_list(int fd, const char *display_name, const struct tensor_options *opt, struct tensor_list *out,
		struct error *err)
{
	struct listing l = { 0 };

	if (tensor_client_ask(fd, display_name, "list", opt, listing_record, &l, err) < 0) {
		tensor_list_release(&l.list);
		return -1;
	}
	l.list.file = mem_strdup(display_name);
	if (!l.list.format)
		l.list.format = mem_strdup("");
	*out = l.list;
	return 0;
}

/* ---- tags ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static int tags_add(struct tensor_tags *tags, const char *s, size_t n, struct error *err)
{
	while (n > 0 && is_blank(s[0])) {
		s++;
		n--;
	}
	while (n > 0 && is_blank(s[n - 1]))
		n--;
	if (n == 0)
		return 0;
	for (size_t i = 0; i < tags->count; i++) {
		if (strlen(tags->names[i]) == n && memcmp(tags->names[i], s, n) == 0)
			return 0;
	}
	if (n > LIMIT_EVENT_KEY || memchr(s, '\0', n))
		return error_set(err, ERR_INVALID, "a tag in wb.tags is longer than %zu bytes or no text",
				 LIMIT_EVENT_KEY);
	if (tags->count >= TAGS_MAX)
		return error_set(err, ERR_LIMIT, "wb.tags names more than %d tags", TAGS_MAX);
	tags->names = mem_realloc(tags->names, (tags->count + 1) * sizeof *tags->names);
	tags->names[tags->count++] = mem_strndup(s, n);
	return 0;
}

/* A text with commas, or arrays of such texts. */
static int tags_collect(const struct jval *v, void *data, struct error *err)
{
	struct tensor_tags *tags = data;
	const char *s = jval_text(v);
	const char *end = s ? s + jval_text_len(v) : NULL;

	if (jval_type(v) == JVAL_ARRAY) {
		for (size_t i = 0; i < jval_count(v); i++) {
			if (tags_collect(jval_at(v, i), tags, err) < 0)
				return -1;
		}
		return 0;
	}
	if (!s)
		return error_set(err, ERR_CORRUPT, "the tensor reader's answer has tags that are no texts");
	while (s <= end) {
		const char *comma = memchr(s, ',', (size_t)(end - s));
		const char *stop = comma ? comma : end;

		if (tags_add(tags, s, (size_t)(stop - s), err) < 0)
			return -1;
		s = stop + 1;
	}
	return 0;
}

static int tags_record(const struct jval *record, void *data, struct error *err)
{
	const struct jval *v = jval_get(record, "tags");

	if (!v)
		return error_set(err, ERR_CORRUPT, "the tensor reader's answer has an unknown record");
	return tags_collect(v, data, err);
}

int tensor_tags(int fd, const char *display_name, const struct tensor_options *opt, struct tensor_tags *out,
		struct error *err)
{
	CLEANUP(tensor_tags_release) struct tensor_tags tags = { 0 };

	if (tensor_client_ask(fd, display_name, "tags", opt, tags_record, &tags, err) < 0)
		return -1;
	*out = tags;
	tags = (struct tensor_tags){ 0 };
	return 0;
}

bool tensor_is_container(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	       tensor_format_of(fd, (uint64_t)st.st_size) != TENSOR_FORMAT_NONE;
}

/* ---- JSON ---- */

static struct jval *attrs_to_jval(const struct tensor_attr *attrs, size_t count)
{
	struct jval *v = jval_object();

	for (size_t i = 0; i < count; i++)
		jval_set(v, attrs[i].name, attrs[i].value ? jval_copy(attrs[i].value) : jval_new_null());
	return v;
}

struct jval *tensor_list_to_jval(const struct tensor_list *list)
{
	struct jval *v = jval_object();
	struct jval *tensors, *skipped;

	jval_set_int(v, "v", 1);
	jval_set_text(v, "file", list->file);
	jval_set_text(v, "format", list->format);
	tensors = jval_set(v, "tensors", jval_array());
	for (size_t i = 0; i < list->count; i++) {
		struct jval *t = jval_push(tensors, tensor_info_encode(&list->tensors[i]));

		jval_set(t, "attributes", attrs_to_jval(list->tensors[i].attrs, list->tensors[i].attr_count));
	}
	jval_set(v, "attributes", attrs_to_jval(list->attrs, list->attr_count));
	skipped = jval_set(v, "skipped", jval_array());
	for (size_t i = 0; i < list->skipped_count; i++) {
		struct jval *s = jval_push(skipped, jval_object());

		jval_set_text(s, "path", list->skipped[i].path);
		jval_set_text(s, "why", list->skipped[i].why);
	}
	return v;
}
