/* HDF5 files described: their datasets, found by a walk along hard links only. */
#include "config.h"

#include "store/tensor_hdf5.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/tensor_codec.h"
#include "store/tensor_h5.h"

enum { OBJECTS_MAX = 20000, DEPTH_MAX = 64, PATH_LEN_MAX = 4096, FILTERS_MAX = 32 };

/* The registered names of filters that turn up in practice (HDF Group's filter registry). */
static const char *filter_name(H5Z_filter_t id)
{
	static const struct {
		H5Z_filter_t id;
		const char *name;
	} names[] = {
		{ H5Z_FILTER_DEFLATE, "gzip" }, { H5Z_FILTER_SHUFFLE, "shuffle" },
		{ H5Z_FILTER_FLETCHER32, "fletcher32" },
		{ H5Z_FILTER_SZIP, "szip" }, { H5Z_FILTER_NBIT, "nbit" }, { H5Z_FILTER_SCALEOFFSET, "scaleoffset" },
		{ 307, "bzip2" }, { 32000, "lzf" }, { 32001, "blosc" }, { 32004, "lz4" }, { 32008, "bitshuffle" },
		{ 32013, "zfp" }, { 32015, "zstd" }, { 32017, "sz" }, { 32026, "blosc2" },
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (names[i].id == id)
			return names[i].name;
	}
	return NULL;
}

static bool filter_is_compression(H5Z_filter_t id)
{
	return id != H5Z_FILTER_SHUFFLE && id != H5Z_FILTER_FLETCHER32;
}

static void dataset_refuse(struct tensor_info *info, const char *fmt, ...) WB_PRINTF(2, 3);
static void dataset_refuse(struct tensor_info *info, const char *fmt, ...)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(LIMIT_EVENT_LINE);
	va_list ap;

	if (info->refused)
		return;
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	info->refused = mem_strdup(buf_text(&b));
}

static int filters_read(hid_t dcpl, struct tensor_info *info, struct error *err)
{
	CLEANUP(buf_release) struct buf all = BUF_INIT(LIMIT_EVENT_LINE);
	CLEANUP(buf_release) struct buf compression = BUF_INIT(LIMIT_EVENT_LINE);
	int n = H5Pget_nfilters(dcpl);

	if (n < 0 || n > FILTERS_MAX)
		return tensor_h5_error(err, "its filters cannot be read");
	for (int i = 0; i < n; i++) {
		unsigned flags = 0, level = 0;
		size_t values = 1;
		/* Without the last pointer the library does not look for the filter's code. */
		H5Z_filter_t id = H5Pget_filter2(dcpl, (unsigned)i, &flags, &values, &level, 0, NULL, NULL);
		char number[32];
		const char *name = filter_name(id);

		if (id < 0)
			return tensor_h5_error(err, "its filters cannot be read");
		snprintf(number, sizeof number, "filter %d", (int)id);
		buf_printf(&all, "%s%s", i ? "+" : "", name ? name : number);
		if (id == H5Z_FILTER_DEFLATE && values > 0)
			buf_printf(&all, "(%u)", level);
		if (filter_is_compression(id))
			buf_printf(&compression, "%s%s", compression.len ? "+" : "", name ? name : number);
		if (id > H5Z_FILTER_SCALEOFFSET)
			dataset_refuse(info, "its values need %s%s%s, which is not built in", name ? name : "",
				       name ? ", " : "", number);
	}
	info->filters = mem_strdup(buf_text(&all));
	info->compression = mem_strdup(compression.len ? buf_text(&compression) : "none");
	return 0;
}

static int chunks_read(hid_t dcpl, struct tensor_info *info, struct error *err)
{
	hsize_t dims[H5S_MAX_RANK];
	int rank = H5Pget_chunk(dcpl, TENSOR_RANK_MAX, dims);

	if (rank < 1 || rank > TENSOR_RANK_MAX)
		return tensor_h5_error(err, "its chunks cannot be read");
	for (int i = 0; i < rank; i++)
		info->chunks.dims[i] = dims[i];
	info->chunks.rank = (unsigned)rank;
	return 0;
}

/* Values that are not in this file. Its digest would say nothing about them, so they are never read. */
static int elsewhere_read(hid_t dcpl, struct tensor_info *info, struct error *err)
{
	char name[256] = "";
	int n = H5Pget_external_count(dcpl);

	if (n < 0)
		return tensor_h5_error(err, "its storage cannot be read");
	if (n > 0) {
		H5Pget_external(dcpl, 0, sizeof name - 1, name, NULL, NULL);
		dataset_refuse(info, "its values lie in another file, '%s' (external storage)", name);
	}
	if (H5Pget_layout(dcpl) == H5D_VIRTUAL)
		dataset_refuse(info, "its values lie in other files (virtual dataset)");
	return 0;
}

int tensor_h5_dataset(hid_t dataset, struct tensor_info *info, struct error *err)
{
	CLEANUP(id_close) hid_t dcpl = H5Dget_create_plist(dataset);
	CLEANUP(id_close) hid_t type = H5Dget_type(dataset);
	CLEANUP(id_close) hid_t space = H5Dget_space(dataset);
	bool is_elsewhere;
	hsize_t bytes;

	if (dcpl < 0 || type < 0 || space < 0)
		return tensor_h5_error(err, "its description cannot be read");
	info->dtype = tensor_h5_type_name(type);
	if (tensor_h5_shape(space, &info->shape, err) < 0 || elsewhere_read(dcpl, info, err) < 0)
		return -1;
	is_elsewhere = info->refused != NULL;
	if (filters_read(dcpl, info, err) < 0)
		return -1;
	if (H5Pget_layout(dcpl) == H5D_CHUNKED && chunks_read(dcpl, info, err) < 0)
		return -1;
	bytes = is_elsewhere ? 0 : H5Dget_storage_size(dataset);
	info->bytes = bytes > INT64_MAX ? INT64_MAX : bytes;
	return tensor_h5_attrs(dataset, &info->attrs, &info->attr_count, err);
}

struct walk {
	const struct tensor_job *job;
	struct error *err;
	haddr_t *seen;         /* addresses of objects already met; a hash table of seen_slots, 0 is empty */
	size_t seen_slots;
	size_t objects;
	unsigned depth;
	char path[PATH_LEN_MAX + 1];
	size_t path_len;
};

/* True the first time. Addresses are stored plus one, since an object may lie at 0. */
static bool seen_add(struct walk *w, haddr_t addr)
{
	size_t at = (size_t)(addr * 0x9E3779B97F4A7C15ull >> 20) % w->seen_slots;

	while (w->seen[at] != 0) {
		if (w->seen[at] == addr + 1)
			return false;
		at = (at + 1) % w->seen_slots;
	}
	w->seen[at] = addr + 1;
	return true;
}

static int object_skip(struct walk *w, const char *why)
{
	/* A listing shows what can be shown; an answer about tags must be complete. */
	if (w->job->ask == TENSOR_ASK_TAGS)
		return 0;
	return tensor_sink_skip(w->job->sink, w->path, why, w->err);
}

/* The object cannot be understood: said in a listing, an error where tags are asked for. */
static int object_broken(struct walk *w, const struct error *why)
{
	if (w->job->ask == TENSOR_ASK_TAGS || why->code == ERR_LIMIT)
		return error_set(w->err, why->code, "'%s': %s", w->path, why->text);
	return tensor_sink_skip(w->job->sink, w->path, why->text, w->err);
}

/* Sends the object's wb.tags, when it has one. */
static int object_tags(struct walk *w, hid_t object)
{
	CLEANUP(tensor_attr_release) struct tensor_attr attr = { 0 };
	CLEANUP(id_close) hid_t id = -1;
	struct jval *tags;
	htri_t has = H5Aexists(object, "wb.tags");
	struct error why = { 0 };

	if (has == 0)
		return 0;
	id = has < 0 ? -1 : H5Aopen(object, "wb.tags", H5P_DEFAULT);
	if (id < 0) {
		tensor_h5_error(&why, "its attribute wb.tags cannot be opened");
		return object_broken(w, &why);
	}
	if (tensor_h5_attr(id, "wb.tags", &attr, &why) < 0) {
		error_wrap(&why, "its attribute wb.tags");
		return object_broken(w, &why);
	}
	if (!str_starts(attr.dtype, "string") || (!attr.value && !attr.shape.is_null))
		return error_set(w->err, ERR_INVALID, "'%s': its attribute wb.tags is %s, not a short text or a list "
				 "of texts", w->path, attr.dtype);
	if (!attr.value)
		return 0;
	tags = jval_array();
	jval_push(tags, take_ptr(&attr.value));
	return tensor_sink_put(w->job->sink, "tags", tags, w->err);
}

static int object_dataset(struct walk *w, hid_t object)
{
	CLEANUP(tensor_info_release) struct tensor_info info = { .path = mem_strdup(w->path) };
	struct error why = { 0 };

	if (tensor_h5_dataset(object, &info, &why) < 0)
		return object_broken(w, &why);
	return tensor_sink_put(w->job->sink, "tensor", tensor_info_encode(&info), w->err);
}

static herr_t link_visit(hid_t group, const char *name, const H5L_info_t *info, void *data);

static int object_group(struct walk *w, hid_t object)
{
	hsize_t at = 0;
	struct error why = { 0 };

	if (w->depth >= DEPTH_MAX)
		return error_set(w->err, ERR_LIMIT, "its groups are nested deeper than %d", DEPTH_MAX);
	w->depth++;
	if (H5Literate(object, H5_INDEX_NAME, H5_ITER_INC, &at, link_visit, w) < 0) {
		if (w->err->code)
			return -1;
		tensor_h5_error(&why, "this group cannot be read");
		if (object_broken(w, &why) < 0)
			return -1;
	}
	w->depth--;
	return 0;
}

static int object_visit(struct walk *w, hid_t object)
{
	H5O_info_t info;
	struct error why = { 0 };

	if (H5Oget_info(object, &info) < 0) {
		tensor_h5_error(&why, "it cannot be read");
		return object_broken(w, &why);
	}
	if (!seen_add(w, info.addr))
		return object_skip(w, "a second name of an object listed before");
	if (++w->objects > OBJECTS_MAX)
		return error_set(w->err, ERR_LIMIT, "it has more than %d objects", OBJECTS_MAX);
	if (w->job->ask == TENSOR_ASK_TAGS && object_tags(w, object) < 0)
		return -1;
	if (info.type == H5O_TYPE_GROUP)
		return object_group(w, object);
	if (info.type == H5O_TYPE_DATASET && w->job->ask == TENSOR_ASK_LIST)
		return object_dataset(w, object);
	return 0;
}

static int link_soft(struct walk *w, hid_t group, const char *name, const H5L_info_t *info)
{
	char target[TENSOR_NAME_MAX];
	CLEANUP(free) char *why = NULL;

	if (info->u.val_size >= sizeof target || H5Lget_val(group, name, target, sizeof target, H5P_DEFAULT) < 0)
		return object_skip(w, "a soft link, not followed");
	target[info->u.val_size] = '\0';
	why = mem_printf("a soft link to '%s', not followed", target);
	return object_skip(w, why);
}

static int link_follow(struct walk *w, hid_t group, const char *name, const H5L_info_t *info)
{
	CLEANUP(id_close) hid_t object = -1;
	struct error why = { 0 };

	switch (info->type) {
	case H5L_TYPE_HARD:
		break;
	case H5L_TYPE_SOFT:
		return link_soft(w, group, name, info);
	case H5L_TYPE_EXTERNAL:
		return object_skip(w, "a link into another file, not followed");
	default:
		return object_skip(w, "a link of an unknown kind, not followed");
	}
	object = H5Oopen(group, name, H5P_DEFAULT);
	if (object < 0) {
		tensor_h5_error(&why, "it cannot be opened");
		return object_broken(w, &why);
	}
	return object_visit(w, object);
}

static herr_t link_visit(hid_t group, const char *name, const H5L_info_t *info, void *data)
{
	struct walk *w = data;
	size_t n = strnlen(name, TENSOR_NAME_MAX + 1);
	size_t parent_len = w->path_len;
	int rc;

	/* A name with a slash would lead the library through other links. */
	if (n == 0 || n > TENSOR_NAME_MAX || memchr(name, '/', n) || str_eq(name, "."))
		return error_set(w->err, ERR_CORRUPT, "'%s': a name in this group is no name", w->path);
	if (parent_len + n + 1 > PATH_LEN_MAX)
		return error_set(w->err, ERR_LIMIT, "a path in it is longer than %d bytes", PATH_LEN_MAX);
	if (parent_len > 1)
		w->path[w->path_len++] = '/';
	memcpy(w->path + w->path_len, name, n + 1);
	w->path_len += n;
	rc = link_follow(w, group, name, info);
	w->path_len = parent_len;
	w->path[parent_len] = '\0';
	return rc;
}

static int file_attrs(const struct tensor_job *job, hid_t root, struct error *err)
{
	struct tensor_info held = { 0 };
	int rc = tensor_h5_attrs(root, &held.attrs, &held.attr_count, err);

	if (rc == 0)
		rc = tensor_sink_file(job->sink, "hdf5", held.attrs, held.attr_count, err);
	tensor_info_release(&held);
	return rc;
}

int tensor_hdf5_read(const struct tensor_job *job, struct error *err)
{
	CLEANUP(free) struct walk *w = mem_zalloc(sizeof *w);
	CLEANUP(free) haddr_t *seen = mem_calloc(2 * OBJECTS_MAX, sizeof *seen);
	CLEANUP(id_close) hid_t file = tensor_h5_open(job, err);
	CLEANUP(id_close) hid_t root = -1;

	if (file < 0)
		return -1;
	root = H5Gopen2(file, "/", H5P_DEFAULT);
	if (root < 0)
		return tensor_h5_error(err, "its root group cannot be opened");
	if (job->ask == TENSOR_ASK_LIST && file_attrs(job, root, err) < 0)
		return -1;
	w->job = job;
	w->err = err;
	w->seen = seen;
	w->seen_slots = 2 * OBJECTS_MAX;
	w->path[0] = '/';
	w->path_len = 1;
	return object_visit(w, root);
}
