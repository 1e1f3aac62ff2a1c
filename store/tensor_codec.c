/* Tensor descriptions to JSON records and back. */
#include "config.h"

#include "store/tensor_codec.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"

/* How much of an attribute's value its text shows, in bytes. */
enum { TEXT_MAX = 160 };

void tensor_attr_release(struct tensor_attr *attr)
{
	free(attr->name);
	free(attr->dtype);
	free(attr->text);
	jval_free(attr->value);
	*attr = (struct tensor_attr){ 0 };
}

void tensor_info_release(struct tensor_info *info)
{
	free(info->path);
	free(info->dtype);
	free(info->compression);
	free(info->filters);
	free(info->refused);
	for (size_t i = 0; i < info->attr_count; i++)
		tensor_attr_release(&info->attrs[i]);
	free(info->attrs);
	*info = (struct tensor_info){ 0 };
}

struct tensor_attr *tensor_attr_add(struct tensor_attr **list, size_t *count)
{
	/* Doubling at powers of two needs no capacity beside the count. */
	if ((*count & (*count - 1)) == 0)
		*list = mem_realloc(*list, (*count ? *count * 2 : 1) * sizeof **list);
	(*list)[*count] = (struct tensor_attr){ 0 };
	return &(*list)[(*count)++];
}

struct jval *tensor_shape_encode(const struct tensor_shape *shape)
{
	struct jval *v;

	if (shape->is_null)
		return jval_new_null();
	v = jval_array();
	for (unsigned i = 0; i < shape->rank; i++)
		jval_push(v, jval_new_int((int64_t)shape->dims[i]));
	return v;
}

struct jval *tensor_attrs_encode(const struct tensor_attr *attrs, size_t count)
{
	struct jval *list = jval_array();

	for (size_t i = 0; i < count; i++) {
		struct jval *v = jval_push(list, jval_object());

		jval_set_text(v, "name", attrs[i].name);
		jval_set_text(v, "dtype", attrs[i].dtype);
		jval_set(v, "shape", tensor_shape_encode(&attrs[i].shape));
		jval_set(v, "value", attrs[i].value ? jval_copy(attrs[i].value) : jval_new_null());
	}
	return list;
}

struct jval *tensor_info_encode(const struct tensor_info *info)
{
	struct jval *v = jval_object();

	jval_set_text(v, "path", info->path);
	jval_set(v, "shape", tensor_shape_encode(&info->shape));
	jval_set_text(v, "dtype", info->dtype);
	jval_set(v, "chunks", info->chunks.rank ? tensor_shape_encode(&info->chunks) : jval_new_null());
	jval_set_text(v, "compression", info->compression);
	jval_set_text(v, "filters", info->filters);
	jval_set_int(v, "bytes", (int64_t)info->bytes);
	if (info->refused)
		jval_set_text(v, "refused", info->refused);
	jval_set(v, "attributes", tensor_attrs_encode(info->attrs, info->attr_count));
	return v;
}

int tensor_shape_decode(const struct jval *v, struct tensor_shape *out, struct error *err)
{
	struct tensor_shape shape = { .is_null = jval_type(v) == JVAL_NULL };

	if (!shape.is_null && (jval_type(v) != JVAL_ARRAY || jval_count(v) > TENSOR_RANK_MAX))
		return error_set(err, ERR_CORRUPT, "a shape in the worker's answer is not one");
	shape.rank = (unsigned)jval_count(v);
	for (unsigned i = 0; i < shape.rank; i++) {
		int64_t dim = jval_int(jval_at(v, i), -1);

		if (dim < 0)
			return error_set(err, ERR_CORRUPT, "a dimension in the worker's answer is no size");
		shape.dims[i] = (uint64_t)dim;
	}
	*out = shape;
	return 0;
}

/* A string member that must be there. Heap text. */
static int text_decode(const struct jval *v, const char *key, char **out, struct error *err)
{
	const char *text = jval_get_text(v, key);

	if (!text)
		return error_set(err, ERR_CORRUPT, "the worker's answer lacks '%s'", key);
	*out = mem_strdup(text);
	return 0;
}

static void value_format(struct buf *b, const struct jval *v)
{
	struct buf json = BUF_INIT(TEXT_MAX);
	size_t n = jval_count(v);

	switch (jval_type(v)) {
	case JVAL_STRING:
		buf_append(b, jval_text(v), jval_text_len(v));
		break;
	case JVAL_ARRAY:
		buf_putc(b, '[');
		for (size_t i = 0; i < n && !b->full; i++) {
			buf_puts(b, i ? ", " : "");
			value_format(b, jval_at(v, i));
		}
		buf_putc(b, ']');
		break;
	default:
		jval_format(v, JVAL_COMPACT, &json);
		buf_puts(b, buf_text(&json));
	}
	buf_release(&json);
}

/* A value as people read it: whole when short, else its beginning and "...". Heap text. */
static char *value_text(const struct tensor_attr *attr)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(LIMIT_EVENT_LINE);

	if (!attr->value)
		return mem_printf("(%s)", attr->shape.is_null ? "empty" : "not shown");
	value_format(&b, attr->value);
	if (b.len > TEXT_MAX || b.full) {
		size_t cut = b.len < TEXT_MAX ? b.len : TEXT_MAX;

		while (cut > 0 && ((unsigned char)b.data[cut] & 0xC0) == 0x80)
			cut--;
		buf_truncate(&b, cut);
		b.full = false;
		buf_puts(&b, "...");
	}
	return mem_strdup(buf_text(&b));
}

static int attr_decode(const struct jval *v, struct tensor_attr *attr, struct error *err)
{
	const struct jval *value = jval_get(v, "value");

	if (text_decode(v, "name", &attr->name, err) < 0 || text_decode(v, "dtype", &attr->dtype, err) < 0 ||
	    tensor_shape_decode(jval_get(v, "shape"), &attr->shape, err) < 0)
		return -1;
	if (value && jval_type(value) != JVAL_NULL)
		attr->value = jval_copy(value);
	attr->text = value_text(attr);
	return 0;
}

int tensor_attrs_decode(const struct jval *v, struct tensor_attr **out, size_t *out_count, struct error *err)
{
	struct tensor_info held = { 0 };
	size_t n = jval_count(v);

	if (jval_type(v) != JVAL_ARRAY)
		return error_set(err, ERR_CORRUPT, "the worker's answer lacks 'attributes'");
	for (size_t i = 0; i < n; i++) {
		if (attr_decode(jval_at(v, i), tensor_attr_add(&held.attrs, &held.attr_count), err) < 0) {
			tensor_info_release(&held);
			return -1;
		}
	}
	*out = held.attrs;
	*out_count = held.attr_count;
	return 0;
}

int tensor_info_decode(const struct jval *v, struct tensor_info *out, struct error *err)
{
	CLEANUP(tensor_info_release) struct tensor_info info = { 0 };
	const struct jval *chunks = jval_get(v, "chunks");
	int64_t bytes = jval_get_int(v, "bytes", -1);

	if (text_decode(v, "path", &info.path, err) < 0 || text_decode(v, "dtype", &info.dtype, err) < 0 ||
	    text_decode(v, "compression", &info.compression, err) < 0 ||
	    text_decode(v, "filters", &info.filters, err) < 0)
		return -1;
	if (bytes < 0)
		return error_set(err, ERR_CORRUPT, "the worker's answer lacks 'bytes'");
	info.bytes = (uint64_t)bytes;
	info.refused = mem_strdup(jval_get_text(v, "refused"));
	if (jval_type(chunks) != JVAL_NULL && tensor_shape_decode(chunks, &info.chunks, err) < 0)
		return -1;
	if (tensor_shape_decode(jval_get(v, "shape"), &info.shape, err) < 0 ||
	    tensor_attrs_decode(jval_get(v, "attributes"), &info.attrs, &info.attr_count, err) < 0)
		return -1;
	*out = info;
	info = (struct tensor_info){ 0 };
	return 0;
}
