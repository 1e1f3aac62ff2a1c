/* .npy and safetensors headers. */
#include "config.h"

#include "store/tensor_header.h"

#include <ctype.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "store/tensor_codec.h"

/* A .npy header is one line; a safetensors header describes thousands of tensors. Bytes. */
#define NPY_HEADER_MAX (64 * LIMIT_KIB)
#define SAFETENSORS_HEADER_MAX (16 * LIMIT_MIB)

enum { DTYPE_MAX = 240 };

static int bytes_read(const struct tensor_job *job, uint64_t at, size_t n, struct buf *out, struct error *err)
{
	char *room = buf_room(out, n);
	size_t done = 0;

	if (!room)
		return error_set(err, ERR_LIMIT, "its header of %zu bytes is longer than %zu", n, out->max);
	if (at > job->size || n > job->size - at)
		return error_set(err, ERR_CORRUPT, "truncated: its header of %zu bytes passes the end of the file", n);
	while (done < n) {
		ssize_t got = sys_pread(job->fd, room + done, n - done, (off_t)(at + done));

		if (got < 0)
			return error_sys(err, "reading its header");
		if (got == 0)
			return error_set(err, ERR_CORRUPT, "truncated inside its header");
		done += (size_t)got;
	}
	out->len += n;
	out->data[out->len] = '\0';
	return 0;
}

static uint64_t little_endian(const char *p, unsigned n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | (unsigned char)p[n];
	return v;
}

/* Bytes of a tensor of that shape; false when it cannot be. */
static bool shape_bytes(const struct tensor_shape *shape, uint64_t item_bits, uint64_t *out)
{
	uint64_t n = item_bits;

	for (unsigned i = 0; i < shape->rank; i++) {
		if (__builtin_mul_overflow(n, shape->dims[i], &n))
			return false;
	}
	*out = (n + 7) / 8;
	return *out <= INT64_MAX;
}

/* ---- .npy: a Python dictionary literal with three keys (NEP 1) ---- */

struct npy {
	const char *at;                 /* NUL-terminated */
	char descr[DTYPE_MAX + 1];
	bool has_descr, has_order, has_shape;
	bool is_structured;
	bool is_fortran;
	struct tensor_shape shape;
};

static void npy_blanks(struct npy *n)
{
	while (isspace((unsigned char)*n->at))
		n->at++;
}

static bool npy_take(struct npy *n, char c)
{
	npy_blanks(n);
	if (*n->at != c)
		return false;
	n->at++;
	return true;
}

/* A quoted word without escapes into out. */
static bool npy_string(struct npy *n, char *out, size_t max)
{
	const char *end;
	char quote;

	npy_blanks(n);
	quote = *n->at;
	if (quote != '\'' && quote != '"')
		return false;
	end = strchr(n->at + 1, quote);
	if (!end || (size_t)(end - n->at - 1) > max || memchr(n->at, '\\', (size_t)(end - n->at)))
		return false;
	memcpy(out, n->at + 1, (size_t)(end - n->at - 1));
	out[end - n->at - 1] = '\0';
	n->at = end + 1;
	return true;
}

/* The field list of a structured type, kept as it is written: it ends at the matching bracket. */
static bool npy_fields(struct npy *n)
{
	const char *start = n->at;
	unsigned depth = 0;
	ptrdiff_t len;

	do {
		if (*n->at == '[')
			depth++;
		if (*n->at == ']')
			depth--;
		if (*n->at == '\0')
			return false;
		n->at++;
	} while (depth > 0);
	n->is_structured = true;
	len = n->at - start < DTYPE_MAX ? n->at - start : DTYPE_MAX;
	snprintf(n->descr, sizeof n->descr, "%.*s", (int)len, start);
	return true;
}

static bool npy_descr(struct npy *n)
{
	npy_blanks(n);
	return *n->at == '[' ? npy_fields(n) : npy_string(n, n->descr, DTYPE_MAX);
}

static bool npy_shape(struct npy *n)
{
	if (!npy_take(n, '('))
		return false;
	while (!npy_take(n, ')')) {
		uint64_t dim = 0;

		npy_blanks(n);
		if (n->shape.rank >= TENSOR_RANK_MAX || !isdigit((unsigned char)*n->at))
			return false;
		for (; isdigit((unsigned char)*n->at); n->at++) {
			if (__builtin_mul_overflow(dim, 10, &dim) ||
			    __builtin_add_overflow(dim, (uint64_t)(*n->at - '0'), &dim) || dim > INT64_MAX)
				return false;
		}
		n->shape.dims[n->shape.rank++] = dim;
		npy_blanks(n);
		if (*n->at != ')' && !npy_take(n, ','))
			return false;
	}
	return true;
}

static bool npy_word(struct npy *n)
{
	npy_blanks(n);
	n->is_fortran = str_starts(n->at, "True");
	if (n->is_fortran)
		n->at += 4;
	else if (str_starts(n->at, "False"))
		n->at += 5;
	else
		return false;
	return true;
}

static bool npy_member(struct npy *n)
{
	char key[32];

	if (!npy_string(n, key, sizeof key - 1) || !npy_take(n, ':'))
		return false;
	if (str_eq(key, "descr"))
		return !n->has_descr && (n->has_descr = npy_descr(n));
	if (str_eq(key, "fortran_order"))
		return !n->has_order && (n->has_order = npy_word(n));
	if (str_eq(key, "shape"))
		return !n->has_shape && (n->has_shape = npy_shape(n));
	return false;
}

static bool npy_parse(struct npy *n)
{
	if (!npy_take(n, '{'))
		return false;
	while (!npy_take(n, '}')) {
		if (!npy_member(n))
			return false;
		npy_blanks(n);
		if (*n->at != '}' && !npy_take(n, ','))
			return false;
	}
	npy_blanks(n);
	return *n->at == '\0' && n->has_descr && n->has_order && n->has_shape;
}

/* "<f4" to "float32"; *out_bits is 0 where the size is not told. Heap text. */
static char *npy_dtype(const struct npy *n, uint64_t *out_bits)
{
	static const struct {
		char kind;
		const char *name;
	} kinds[] = {
		{ 'f', "float" }, { 'i', "int" }, { 'u', "uint" }, { 'c', "complex" },
	};
	const char *d = n->descr;
	bool is_big = d[0] == '>';
	uint64_t size = 0;
	struct error ignored = { 0 };

	*out_bits = 0;
	if (n->is_structured || !strchr("<>|=", d[0]) || d[0] == '\0' || d[1] == '\0')
		return mem_printf("%s%s", n->is_structured ? "compound" : "", d);
	if (str_parse_u64(d + 2, &size, &ignored) < 0 || size > UINT32_MAX)
		return mem_strdup(d[1] == 'O' ? "object" : d);
	*out_bits = size * (d[1] == 'U' ? 32 : 8);
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (kinds[i].kind == d[1])
			return mem_printf("%s%llu%s", kinds[i].name, (unsigned long long)size * 8, is_big ? "be" : "");
	}
	if (d[1] == 'b' && size == 1)
		return mem_strdup("bool");
	if (d[1] == 'S' || d[1] == 'U')
		return mem_printf("string[%llu]", (unsigned long long)size);
	return mem_strdup(d);
}

static int npy_header(const struct tensor_job *job, struct buf *text, uint64_t *out_end, struct error *err)
{
	CLEANUP(buf_release) struct buf head = BUF_INIT(64);
	unsigned width;

	if (bytes_read(job, 0, 12, &head, err) < 0)
		return -1;
	if (head.data[6] < 1 || head.data[6] > 3)
		return error_set(err, ERR_UNSUPPORTED, "a .npy file of version %d", head.data[6]);
	width = head.data[6] == 1 ? 2 : 4;
	*out_end = 8 + width + little_endian(head.data + 8, width);
	return bytes_read(job, 8 + width, (size_t)(*out_end - 8 - width), text, err);
}

/* Parses the header into n and info; *out_data is where the values begin. */
static int npy_describe(const struct tensor_job *job, struct npy *n, struct tensor_info *info, uint64_t *out_data,
			struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(NPY_HEADER_MAX);
	uint64_t bits = 0, bytes = 0;

	if (npy_header(job, &text, out_data, err) < 0)
		return -1;
	n->at = buf_text(&text);
	if (strlen(n->at) != text.len || !npy_parse(n))
		return error_set(err, ERR_CORRUPT, "its .npy header is not one");
	n->at = NULL;
	info->dtype = npy_dtype(n, &bits);
	info->shape = n->shape;
	info->bytes = job->size - *out_data;
	info->filters = mem_strdup("");
	info->compression = mem_strdup("none");
	if (bits && (!shape_bytes(&n->shape, bits, &bytes) || bytes > info->bytes))
		return error_set(err, ERR_CORRUPT, "truncated: its shape needs more than the %llu bytes that follow",
				 (unsigned long long)info->bytes);
	if (str_eq(info->dtype, "object") || strstr(n->descr, "|O"))
		info->refused = mem_strdup("its values are Python objects (pickle), which are never loaded");
	return 0;
}

int tensor_npy_member(const struct tensor_job *job, const char *name, struct error *err)
{
	CLEANUP(tensor_info_release) struct tensor_info info = { .path = mem_strdup(name) };
	struct npy n = { 0 };
	uint64_t data = 0;

	if (npy_describe(job, &n, &info, &data, err) < 0)
		return -1;
	if (job->ask == TENSOR_ASK_TAGS)
		return 0;
	return tensor_sink_put(job->sink, "tensor", tensor_info_encode(&info), err);
}

int tensor_npy_read(const struct tensor_job *job, struct error *err)
{
	if (job->ask == TENSOR_ASK_LIST && tensor_sink_file(job->sink, "npy", NULL, 0, err) < 0)
		return -1;
	return tensor_npy_member(job, "array", err);
}

static int no_numbers(const char *dtype, struct error *err)
{
	return error_set(err, ERR_UNSUPPORTED, "its type %.100s is not one to compute with", dtype);
}

int tensor_npy_source(const struct tensor_job *job, struct tensor_source *out, struct error *err)
{
	CLEANUP(tensor_info_release) struct tensor_info info = { 0 };
	struct npy n = { 0 };

	if (npy_describe(job, &n, &info, &out->offset, err) < 0)
		return -1;
	if (info.refused)
		return error_set(err, ERR_UNSUPPORTED, "%s", info.refused);
	if (!number_type_parse(info.dtype, &out->type))
		return no_numbers(info.dtype, err);
	out->shape = n.shape;
	out->is_packed = true;
	out->is_fortran = n.is_fortran && n.shape.rank > 1;
	out->fd = job->fd;
	return tensor_source_count(out, err);
}

/* ---- safetensors: u64 length, JSON, packed values ---- */

static const struct {
	const char *code;
	const char *name;
	unsigned bits;
} safetensors_types[] = {
	{ "F64", "float64", 64 }, { "F32", "float32", 32 }, { "F16", "float16", 16 }, { "BF16", "bfloat16", 16 },
	{ "I64", "int64", 64 }, { "I32", "int32", 32 }, { "I16", "int16", 16 }, { "I8", "int8", 8 },
	{ "U64", "uint64", 64 }, { "U32", "uint32", 32 }, { "U16", "uint16", 16 }, { "U8", "uint8", 8 },
	{ "BOOL", "bool", 8 }, { "F8_E4M3", "float8_e4m3", 8 }, { "F8_E5M2", "float8_e5m2", 8 },
	{ "F8_E8M0", "float8_e8m0", 8 }, { "F4", "float4", 4 }, { "F6_E2M3", "float6_e2m3", 6 },
	{ "F6_E3M2", "float6_e3m2", 6 }, { "C64", "complex64", 64 },
};

/* __metadata__ is a flat map of texts; they become the file's attributes. */
static int metadata_read(const struct jval *meta, struct tensor_info *held, struct error *err)
{
	const char *key;
	const struct jval *value;

	for (void *it = jval_next(meta, NULL, &key, &value); it; it = jval_next(meta, it, &key, &value)) {
		struct tensor_attr *attr;

		if (jval_type(value) != JVAL_STRING)
			return error_set(err, ERR_CORRUPT, "'%.64s' in its __metadata__ is not a text", key);
		attr = tensor_attr_add(&held->attrs, &held->attr_count);
		attr->name = mem_strdup(key);
		attr->dtype = mem_strdup("string");
		attr->value = jval_copy(value);
	}
	return 0;
}

static int metadata_put(const struct tensor_job *job, const struct jval *meta, struct error *err)
{
	const struct jval *tags = jval_get(meta, "wb.tags");
	struct tensor_info held = { 0 };
	struct jval *list;
	int rc;

	if (job->ask == TENSOR_ASK_TAGS) {
		if (!tags)
			return 0;
		if (jval_type(tags) != JVAL_STRING)
			return error_set(err, ERR_INVALID, "wb.tags in its __metadata__ is not a text");
		list = jval_array();
		jval_push(list, jval_copy(tags));
		return tensor_sink_put(job->sink, "tags", list, err);
	}
	rc = metadata_read(meta, &held, err);
	if (rc == 0)
		rc = tensor_sink_file(job->sink, "safetensors", held.attrs, held.attr_count, err);
	tensor_info_release(&held);
	return rc;
}

static int entry_read(const struct jval *v, uint64_t data_bytes, struct tensor_info *info, struct error *err)
{
	const struct jval *offsets = jval_get(v, "data_offsets");
	const struct jval *shape = jval_get(v, "shape");
	const char *code = jval_get_text(v, "dtype");
	int64_t from = jval_int(jval_at(offsets, 0), -1);
	int64_t to = jval_int(jval_at(offsets, 1), -1);
	uint64_t bytes = 0;
	unsigned bits = 0;

	for (size_t i = 0; code && i < sizeof safetensors_types / sizeof safetensors_types[0]; i++) {
		if (str_eq(code, safetensors_types[i].code)) {
			info->dtype = mem_strdup(safetensors_types[i].name);
			bits = safetensors_types[i].bits;
		}
	}
	if (!bits)
		return error_set(err, ERR_CORRUPT, "its dtype '%.32s' is unknown", code ? code : "");
	if (jval_type(shape) != JVAL_ARRAY || tensor_shape_decode(shape, &info->shape, err) < 0)
		return error_set(err, ERR_CORRUPT, "its shape is not one");
	if (jval_count(offsets) != 2 || from < 0 || to < from || (uint64_t)to > data_bytes)
		return error_set(err, ERR_CORRUPT, "truncated, or its data_offsets are wrong");
	if (!shape_bytes(&info->shape, bits, &bytes) || bytes != (uint64_t)(to - from))
		return error_set(err, ERR_CORRUPT, "its shape does not fit its data_offsets");
	info->bytes = bytes;
	return 0;
}

static int entries_put(const struct tensor_job *job, const struct jval *header, uint64_t data_bytes, struct error *err)
{
	const char *key;
	const struct jval *value;

	for (void *it = jval_next(header, NULL, &key, &value); it; it = jval_next(header, it, &key, &value)) {
		CLEANUP(tensor_info_release) struct tensor_info info = { 0 };

		if (str_eq(key, "__metadata__"))
			continue;
		info.path = mem_strdup(key);
		info.filters = mem_strdup("");
		info.compression = mem_strdup("none");
		if (entry_read(value, data_bytes, &info, err) < 0)
			return error_wrap(err, "tensor '%.64s'", key);
		if (job->ask == TENSOR_ASK_TAGS)
			continue;
		if (tensor_sink_put(job->sink, "tensor", tensor_info_encode(&info), err) < 0)
			return -1;
	}
	return 0;
}

int tensor_safetensors_header(const struct tensor_job *job, struct jval **out, uint64_t *out_data, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(SAFETENSORS_HEADER_MAX);
	CLEANUP(buf_release) struct buf head = BUF_INIT(64);
	uint64_t n;

	if (bytes_read(job, 0, 8, &head, err) < 0)
		return -1;
	n = little_endian(head.data, 8);
	if (bytes_read(job, 8, (size_t)n, &text, err) < 0)
		return -1;
	if (jval_parse(buf_text(&text), text.len, out, err) < 0) {
		err->code = ERR_CORRUPT;
		return error_wrap(err, "its safetensors header");
	}
	*out_data = 8 + n;
	return 0;
}

int tensor_safetensors_read(const struct tensor_job *job, struct error *err)
{
	CLEANUP(jval_free) struct jval *header = NULL;
	const struct jval *meta;
	uint64_t data;

	if (tensor_safetensors_header(job, &header, &data, err) < 0)
		return -1;
	meta = jval_get(header, "__metadata__");
	if (meta && jval_type(meta) != JVAL_OBJECT)
		return error_set(err, ERR_CORRUPT, "its __metadata__ is not an object");
	if (metadata_put(job, meta, err) < 0)
		return -1;
	return entries_put(job, header, job->size - data, err);
}

int tensor_safetensors_source(const struct tensor_job *job, const struct jval *header, uint64_t data, const char *path,
			      struct tensor_source *out, struct error *err)
{
	CLEANUP(tensor_info_release) struct tensor_info info = { 0 };
	const struct jval *entry = str_eq(path, "__metadata__") ? NULL : jval_get(header, path);

	if (!entry)
		return error_set(err, ERR_NOT_FOUND, "there is no such tensor");
	if (entry_read(entry, job->size - data, &info, err) < 0)
		return -1;
	if (!number_type_parse(info.dtype, &out->type))
		return no_numbers(info.dtype, err);
	out->shape = info.shape;
	out->is_packed = true;
	out->fd = job->fd;
	out->offset = data + (uint64_t)jval_int(jval_at(jval_get(entry, "data_offsets"), 0), 0);
	return tensor_source_count(out, err);
}
