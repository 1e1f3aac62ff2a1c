/* HDF5 types by name, shapes, and the values of attributes. */
#include "config.h"

#include "store/tensor_h5.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/tensor_codec.h"

enum {
	TYPE_DEPTH_MAX = 4,
	TYPE_NAME_MAX = 240,
	VALUE_COUNT_MAX = 1024,
	VALUE_BYTES_MAX = 65536,
};

static void type_format(struct buf *b, hid_t type, int depth);

static void type_format_member(struct buf *b, const char *kind, hid_t type, int depth)
{
	CLEANUP(id_close) hid_t base = H5Tget_super(type);

	buf_printf(b, "%s(", kind);
	if (base < 0 || depth >= TYPE_DEPTH_MAX)
		buf_puts(b, "...");
	else
		type_format(b, base, depth + 1);
	buf_putc(b, ')');
}

/* NumPy's names; told by the layout of the bits, since no name is stored. */
static void type_format_float(struct buf *b, hid_t type)
{
	size_t size = H5Tget_size(type);
	size_t sign = 0, exp_at = 0, exp_bits = 0, man_at = 0, man_bits = 0;

	if (H5Tget_fields(type, &sign, &exp_at, &exp_bits, &man_at, &man_bits) >= 0 && size == 2 && exp_bits == 8)
		buf_puts(b, "bfloat16");
	else
		buf_printf(b, "float%zu", size * 8);
	if (H5Tget_order(type) == H5T_ORDER_BE)
		buf_puts(b, "be");
}

static void type_format_integer(struct buf *b, hid_t type)
{
	size_t size = H5Tget_size(type);

	buf_printf(b, "%s%zu%s", H5Tget_sign(type) == H5T_SGN_NONE ? "uint" : "int", size * 8,
		   size > 1 && H5Tget_order(type) == H5T_ORDER_BE ? "be" : "");
}

/* h5py keeps booleans as an enumeration FALSE, TRUE of one byte. */
static bool type_is_bool(hid_t type)
{
	signed char value = -1;
	char name[8];

	if (H5Tget_class(type) != H5T_ENUM || H5Tget_nmembers(type) != 2 || H5Tget_size(type) != 1)
		return false;
	value = 1;
	return H5Tenum_nameof(type, &value, name, sizeof name) >= 0 && str_eq(name, "TRUE");
}

/* h5py keeps complex numbers as {r, i} of one float type. */
static bool type_is_complex(hid_t type)
{
	static const char *const names[] = { "r", "i" };
	bool fits = H5Tget_nmembers(type) == 2;

	for (unsigned i = 0; fits && i < 2; i++) {
		CLEANUP(id_close) hid_t member = H5Tget_member_type(type, i);
		char *name = H5Tget_member_name(type, i);

		fits = str_eq(name, names[i]) && H5Tget_class(member) == H5T_FLOAT &&
		       2 * H5Tget_size(member) == H5Tget_size(type);
		H5free_memory(name);
	}
	return fits;
}

static void type_format_compound(struct buf *b, hid_t type, int depth)
{
	int n = H5Tget_nmembers(type);

	if (type_is_complex(type)) {
		buf_printf(b, "complex%zu", H5Tget_size(type) * 8);
		return;
	}
	buf_puts(b, "compound{");
	for (int i = 0; i < n && b->len < TYPE_NAME_MAX; i++) {
		CLEANUP(id_close) hid_t member = H5Tget_member_type(type, (unsigned)i);
		char *name = H5Tget_member_name(type, (unsigned)i);

		buf_printf(b, "%s%.64s:", i ? "," : "", name ? name : "?");
		H5free_memory(name);
		if (member < 0 || depth >= TYPE_DEPTH_MAX)
			buf_puts(b, "...");
		else
			type_format(b, member, depth + 1);
	}
	buf_putc(b, '}');
}

static void type_format_array(struct buf *b, hid_t type, int depth)
{
	hsize_t dims[H5S_MAX_RANK];
	int rank = H5Tget_array_ndims(type);

	if (rank < 0 || rank > H5S_MAX_RANK || H5Tget_array_dims2(type, dims) < 0)
		rank = 0;
	buf_puts(b, "array[");
	for (int i = 0; i < rank; i++)
		buf_printf(b, "%s%llu", i ? "," : "", (unsigned long long)dims[i]);
	type_format_member(b, "]", type, depth);
}

static void type_format(struct buf *b, hid_t type, int depth)
{
	switch (H5Tget_class(type)) {
	case H5T_INTEGER:
		type_format_integer(b, type);
		break;
	case H5T_FLOAT:
		type_format_float(b, type);
		break;
	case H5T_STRING:
		if (H5Tis_variable_str(type) > 0)
			buf_puts(b, "string");
		else
			buf_printf(b, "string[%zu]", H5Tget_size(type));
		break;
	case H5T_ENUM:
		if (type_is_bool(type))
			buf_puts(b, "bool");
		else
			type_format_member(b, "enum", type, depth);
		break;
	case H5T_COMPOUND:
		type_format_compound(b, type, depth);
		break;
	case H5T_ARRAY:
		type_format_array(b, type, depth);
		break;
	case H5T_VLEN:
		type_format_member(b, "vlen", type, depth);
		break;
	case H5T_BITFIELD:
		buf_printf(b, "bits%zu", H5Tget_size(type) * 8);
		break;
	case H5T_OPAQUE:
		buf_printf(b, "opaque[%zu]", H5Tget_size(type));
		break;
	case H5T_REFERENCE:
		buf_puts(b, "reference");
		break;
	default:
		buf_puts(b, "unknown");
	}
}

/* Heap text, shortened where a compound has many members. */
char *tensor_h5_type_name(hid_t type)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(LIMIT_EVENT_LINE);

	type_format(&b, type, 0);
	if (b.len > TYPE_NAME_MAX) {
		buf_truncate(&b, TYPE_NAME_MAX);
		b.full = false;
		buf_puts(&b, "...");
	}
	return mem_strdup(buf_text(&b));
}

int tensor_h5_shape(hid_t space, struct tensor_shape *out, struct error *err)
{
	hsize_t dims[H5S_MAX_RANK];
	int rank = H5Sget_simple_extent_ndims(space);

	*out = (struct tensor_shape){ .is_null = H5Sget_simple_extent_type(space) == H5S_NULL };
	if (rank < 0 || rank > TENSOR_RANK_MAX || H5Sget_simple_extent_dims(space, dims, NULL) < 0)
		return tensor_h5_error(err, "its shape cannot be read");
	for (int i = 0; i < rank; i++) {
		if (dims[i] > INT64_MAX)
			return error_set(err, ERR_CORRUPT, "its dimension %d is larger than any file", i);
		out->dims[i] = dims[i];
	}
	out->rank = (unsigned)rank;
	return 0;
}

/* The number of elements; SIZE_MAX when past what a value may have. */
static size_t shape_count(const struct tensor_shape *shape)
{
	size_t n = shape->is_null ? 0 : 1;

	for (unsigned i = 0; i < shape->rank; i++) {
		if (shape->dims[i] > VALUE_COUNT_MAX)
			return SIZE_MAX;
		n *= (size_t)shape->dims[i];
		if (n > VALUE_COUNT_MAX)
			return SIZE_MAX;
	}
	return n;
}

/* Turns element i of what was read into a value. */
typedef struct jval *element_fn(const void *data, size_t i, hid_t type);

static struct jval *element_integer(const void *data, size_t i, hid_t type)
{
	int64_t v = ((const int64_t *)data)[i];

	if (v < 0 && H5Tget_sign(type) == H5T_SGN_NONE)
		return jval_new_num((double)(uint64_t)v);
	return jval_new_int(v);
}

static struct jval *element_float(const void *data, size_t i, hid_t type)
{
	(void)type;
	return jval_new_num(((const double *)data)[i]);
}

static struct jval *element_string(const void *data, size_t i, hid_t type)
{
	size_t size = H5Tget_size(type);
	const char *s = (const char *)data + i * size;
	size_t n = strnlen(s, size);

	if (H5Tget_strpad(type) == H5T_STR_SPACEPAD) {
		while (n > 0 && s[n - 1] == ' ')
			n--;
	}
	return jval_new_text_n(s, n);
}

static struct jval *element_text(const void *data, size_t i, hid_t type)
{
	const char *s = ((char *const *)data)[i];

	(void)type;
	return jval_new_text(s ? s : "");
}

static struct jval *element_enum(const void *data, size_t i, hid_t type)
{
	char name[TENSOR_NAME_MAX];

	if (H5Tenum_nameof(type, (const char *)data + i * H5Tget_size(type), name, sizeof name) < 0) {
		H5Eclear2(H5E_DEFAULT);
		return jval_new_null();
	}
	if (type_is_bool(type))
		return jval_new_bool(str_eq(name, "TRUE"));
	return jval_new_text(name);
}

/* How values of one type come into memory. */
struct value_reader {
	element_fn *element;
	hid_t memory_type;  /* owned */
};

/* False for a type whose values are not shown. */
static bool value_reader_find(hid_t type, struct value_reader *out)
{
	size_t size = H5Tget_size(type);
	struct value_reader r = { .memory_type = -1 };

	switch (H5Tget_class(type)) {
	case H5T_INTEGER:
		r.element = element_integer;
		r.memory_type = H5Tcopy(H5Tget_sign(type) == H5T_SGN_NONE ? H5T_NATIVE_UINT64 : H5T_NATIVE_INT64);
		break;
	case H5T_FLOAT:
		r.element = element_float;
		r.memory_type = H5Tcopy(H5T_NATIVE_DOUBLE);
		break;
	case H5T_STRING:
		r.element = H5Tis_variable_str(type) > 0 ? element_text : element_string;
		r.memory_type = H5Tcopy(type);
		break;
	case H5T_ENUM:
		r.element = element_enum;
		r.memory_type = H5Tget_native_type(type, H5T_DIR_ASCEND);
		break;
	default:
		return false;
	}
	if (r.memory_type < 0 || size == 0 || size > VALUE_BYTES_MAX) {
		id_close(r.memory_type);
		return false;
	}
	*out = r;
	return true;
}

/* Nested arrays, row by row. */
static struct jval *value_build(const struct tensor_shape *shape, unsigned axis, const void *data, size_t *at,
				const struct value_reader *r)
{
	struct jval *list;

	if (axis == shape->rank)
		return r->element(data, (*at)++, r->memory_type);
	list = jval_array();
	for (uint64_t i = 0; i < shape->dims[axis]; i++)
		jval_push(list, value_build(shape, axis + 1, data, at, r));
	return list;
}

static bool texts_fit(char *const *texts, size_t n)
{
	size_t total = 0;

	for (size_t i = 0; i < n; i++)
		total += texts[i] ? strlen(texts[i]) : 0;
	return total <= VALUE_BYTES_MAX;
}

/* *out stays NULL for a value too large. */
static int value_read_as(hid_t attr, const struct value_reader *r, const struct tensor_shape *shape, struct jval **out,
			 struct error *err)
{
	CLEANUP(free) void *data = NULL;
	CLEANUP(id_close) hid_t space = H5Aget_space(attr);
	size_t n = shape_count(shape);
	size_t width = H5Tget_size(r->memory_type);
	size_t at = 0;

	if (width == 0 || n * width > VALUE_BYTES_MAX)
		return 0;
	data = mem_zalloc(n * width + 1);
	if (n > 0 && H5Aread(attr, r->memory_type, data) < 0)
		return tensor_h5_error(err, "its value cannot be read");
	if (r->element != element_text || texts_fit(data, n))
		*out = value_build(shape, 0, data, &at, r);
	if (r->element == element_text)
		H5Dvlen_reclaim(r->memory_type, space, H5P_DEFAULT, data);
	return 0;
}

/* *out stays NULL for a value too large or of a type not shown. */
static int value_read(hid_t attr, hid_t type, const struct tensor_shape *shape, struct jval **out, struct error *err)
{
	struct value_reader r;
	int rc;

	if (shape->is_null || shape_count(shape) == SIZE_MAX || !value_reader_find(type, &r))
		return 0;
	rc = value_read_as(attr, &r, shape, out, err);
	id_close(r.memory_type);
	return rc;
}

int tensor_h5_attr(hid_t attr, const char *name, struct tensor_attr *out, struct error *err)
{
	CLEANUP(id_close) hid_t type = H5Aget_type(attr);
	CLEANUP(id_close) hid_t space = H5Aget_space(attr);

	out->name = mem_strndup(name, strnlen(name, TENSOR_NAME_MAX));
	if (type < 0 || space < 0)
		return tensor_h5_error(err, "its type cannot be read");
	out->dtype = tensor_h5_type_name(type);
	if (tensor_h5_shape(space, &out->shape, err) < 0)
		return -1;
	return value_read(attr, type, &out->shape, &out->value, err);
}

struct attr_walk {
	struct tensor_attr **list;
	size_t *count;
	struct error *err;
};

static herr_t attr_visit(hid_t object, const char *name, const H5A_info_t *info, void *data)
{
	struct attr_walk *walk = data;
	CLEANUP(id_close) hid_t attr = -1;

	(void)info;
	if (*walk->count >= TENSOR_ATTRS_MAX)
		return error_set(walk->err, ERR_LIMIT, "it has more than %d attributes", TENSOR_ATTRS_MAX);
	attr = H5Aopen(object, name, H5P_DEFAULT);
	if (attr < 0)
		tensor_h5_error(walk->err, "it cannot be opened");
	else if (tensor_h5_attr(attr, name, tensor_attr_add(walk->list, walk->count), walk->err) == 0)
		return 0;
	return error_wrap(walk->err, "attribute '%.64s'", name);
}

int tensor_h5_attrs(hid_t object, struct tensor_attr **list, size_t *count, struct error *err)
{
	struct attr_walk walk = { .list = list, .count = count, .err = err };
	hsize_t at = 0;

	if (H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, &at, attr_visit, &walk) < 0)
		return err->code ? -1 : tensor_h5_error(err, "its attributes cannot be read");
	return 0;
}
