/* The values of one HDF5 dataset. */
#include "config.h"

#include "store/tensor_hdf5.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/tensor_codec.h"
#include "store/tensor_h5.h"

/* What is read together when statistics are made, and what the library keeps unpacked. Bytes. */
#define BOX_BYTES (512 * LIMIT_KIB)
#define CACHE_BYTES (64 * LIMIT_MIB)

/* A file that declares more than this must have stored a thousandth of it. */
#define EMPTY_MAX ((uint64_t)4 * 1024 * LIMIT_MIB)

int tensor_hdf5_open(const struct tensor_job *job, int64_t *out_file, struct error *err)
{
	hid_t file = tensor_h5_open(job, err);

	if (file < 0)
		return -1;
	*out_file = file;
	return 0;
}

/* One component further, along a hard link only: anything else could lead to another place than it says. */
static int step_down(hid_t at, const char *name, hid_t *out, struct error *err)
{
	H5L_info_t info;

	if (H5Lexists(at, name, H5P_DEFAULT) <= 0 || H5Lget_info(at, name, &info, H5P_DEFAULT) < 0) {
		H5Eclear2(H5E_DEFAULT);
		return error_set(err, ERR_NOT_FOUND, "there is no such tensor");
	}
	if (info.type != H5L_TYPE_HARD)
		return error_set(err, ERR_UNSUPPORTED, "it is a link, which is not followed");
	*out = H5Oopen(at, name, H5P_DEFAULT);
	if (*out >= 0 && H5Iget_type(*out) == H5I_DATASET) {
		CLEANUP(id_close) hid_t dapl = H5Pcreate(H5P_DATASET_ACCESS);

		/* Room for its chunks, so that neighbouring rows need not unpack them anew. */
		id_close(*out);
		*out = dapl < 0 || H5Pset_chunk_cache(dapl, 1031, CACHE_BYTES, 1) < 0 ? -1 : H5Dopen2(at, name, dapl);
	}
	return *out < 0 ? tensor_h5_error(err, "it cannot be opened") : 0;
}

static hid_t dataset_find(hid_t file, const char *path, struct error *err)
{
	CLEANUP(id_close) hid_t at = H5Gopen2(file, "/", H5P_DEFAULT);
	hid_t found;

	if (at < 0)
		return tensor_h5_error(err, "its root group cannot be opened");
	while (*path) {
		size_t n = strcspn(path, "/");
		CLEANUP(free) char *name = mem_strndup(path, n);
		hid_t next = -1;

		path += n + (path[n] == '/');
		if (n == 0)
			continue;
		if (H5Iget_type(at) != H5I_GROUP || str_eq(name, "."))
			return error_set(err, ERR_NOT_FOUND, "there is no such tensor");
		if (step_down(at, name, &next, err) < 0)
			return -1;
		id_close(at);
		at = next;
	}
	if (H5Iget_type(at) != H5I_DATASET)
		return error_set(err, ERR_NOT_FOUND, "there is no such tensor");
	found = at;
	at = -1;
	return found;
}

/* IEEE layouts and whole integers only: everything else would be misread as raw bytes. */
static bool type_is_plain(hid_t type)
{
	size_t size = H5Tget_size(type), sign, exp_at, exp_bits, man_at, man_bits;
	H5T_order_t order = H5Tget_order(type);

	if (order != H5T_ORDER_LE && order != H5T_ORDER_BE)
		return false;
	if (H5Tget_class(type) == H5T_INTEGER)
		return H5Tget_precision(type) == size * 8;
	if (H5Tget_class(type) != H5T_FLOAT || H5Tget_fields(type, &sign, &exp_at, &exp_bits, &man_at, &man_bits) < 0)
		return false;
	if (size == 2)
		return (exp_bits == 5 && man_bits == 10 && H5Tget_ebias(type) == 15) ||
		       (exp_bits == 8 && man_bits == 7 && H5Tget_ebias(type) == 127);
	return size == 4 ? exp_bits == 8 && man_bits == 23 && H5Tget_ebias(type) == 127 :
	       size == 8 ? exp_bits == 11 && man_bits == 52 && H5Tget_ebias(type) == 1023 : false;
}

static bool type_is_known(hid_t type, const struct number_type *t)
{
	CLEANUP(id_close) hid_t member = -1;

	if (t->kind == NUMBER_BOOL)
		return H5Tget_size(type) == 1;
	if (t->kind != NUMBER_COMPLEX)
		return type_is_plain(type);
	member = H5Tget_member_type(type, 0);
	return member >= 0 && type_is_plain(member) && H5Tget_member_offset(type, 0) == 0 &&
	       H5Tget_member_offset(type, 1) == t->bytes / 2;
}

static void dataset_close(struct tensor_source *s)
{
	id_close((hid_t)s->handle);
	s->close = NULL;
}

static int dataset_read_box(const struct tensor_source *s, const struct tensor_box *box, void *out, struct error *err)
{
	CLEANUP(id_close) hid_t type = H5Dget_type((hid_t)s->handle);
	CLEANUP(id_close) hid_t space = H5Dget_space((hid_t)s->handle);
	CLEANUP(id_close) hid_t memory = -1;
	hsize_t start[TENSOR_RANK_MAX], step[TENSOR_RANK_MAX], count[TENSOR_RANK_MAX];

	for (unsigned i = 0; i < s->shape.rank; i++) {
		start[i] = box->start[i];
		step[i] = box->step[i];
		count[i] = box->count[i];
	}
	/* Of the same rank: between different ones the library goes from value to value. */
	memory = s->shape.rank ? H5Screate_simple((int)s->shape.rank, count, NULL) : H5Screate(H5S_SCALAR);
	if (type < 0 || space < 0 || memory < 0 ||
	    (s->shape.rank && H5Sselect_hyperslab(space, H5S_SELECT_SET, start, step, count, NULL) < 0) ||
	    H5Dread((hid_t)s->handle, type, memory, space, H5P_DEFAULT, out) < 0)
		return tensor_h5_error(err, "its values cannot be read");
	return 0;
}

/* Whole chunks, and as many side by side as make a piece worth reading; without chunks whole rows. */
static void box_choose(struct tensor_source *s, const struct tensor_info *info)
{
	uint64_t bytes = s->type.bytes;

	for (unsigned i = 0; i < s->shape.rank; i++) {
		s->box[i] = info->chunks.rank ? info->chunks.dims[i] : 1;
		if (s->box[i] > s->shape.dims[i])
			s->box[i] = s->shape.dims[i] ? s->shape.dims[i] : 1;
		bytes *= s->box[i];
	}
	for (unsigned i = s->shape.rank; i-- > 0;) {
		uint64_t fit = BOX_BYTES / bytes;
		uint64_t most = (s->shape.dims[i] + s->box[i] - 1) / s->box[i];

		fit = fit < most ? fit : most;
		if (fit > 1) {
			bytes = bytes / s->box[i] * (s->box[i] * fit < s->shape.dims[i] ? s->box[i] * fit : s->shape.dims[i]);
			s->box[i] = s->box[i] * fit < s->shape.dims[i] ? s->box[i] * fit : s->shape.dims[i];
		}
		if (s->box[i] < s->shape.dims[i])
			break;
	}
}

/* A chunk is unpacked as a whole. */
static int chunk_check(const struct tensor_source *s, const struct tensor_info *info, struct error *err)
{
	uint64_t bytes = s->type.bytes;

	for (unsigned i = 0; i < info->chunks.rank; i++) {
		if (__builtin_mul_overflow(bytes, info->chunks.dims[i], &bytes) || bytes > TENSOR_PIECE_MAX)
			return error_set(err, ERR_LIMIT, "its chunks have more than %zu MiB", TENSOR_PIECE_MAX / LIMIT_MIB);
	}
	return 0;
}

static int source_check(const struct tensor_source *s, const struct tensor_info *info, hid_t dataset, struct error *err)
{
	CLEANUP(id_close) hid_t type = H5Dget_type(dataset);
	uint64_t declared = s->values * s->type.bytes;

	if (type < 0 || !type_is_known(type, &s->type))
		return error_set(err, ERR_UNSUPPORTED, "its numbers are laid out in a way that is not computed with");
	if (declared > EMPTY_MAX && declared / 1000 > info->bytes)
		return error_set(err, ERR_LIMIT, "it declares %llu bytes and has stored %llu",
				 (unsigned long long)declared, (unsigned long long)info->bytes);
	return 0;
}

int tensor_hdf5_source(const struct tensor_job *job, int64_t file, const char *path, struct tensor_source *out,
		       struct error *err)
{
	CLEANUP(tensor_info_release) struct tensor_info info = { 0 };
	CLEANUP(id_close) hid_t dataset = dataset_find((hid_t)file, path, err);
	struct tensor_source s = { .fd = job->fd };
	haddr_t at;

	if (dataset < 0 || tensor_h5_dataset(dataset, &info, err) < 0)
		return -1;
	if (info.refused)
		return error_set(err, ERR_UNSUPPORTED, "%s", info.refused);
	if (!number_type_parse(info.dtype, &s.type))
		return error_set(err, ERR_UNSUPPORTED, "its type %.100s is not one to compute with", info.dtype);
	s.shape = info.shape;
	if (tensor_source_count(&s, err) < 0 || source_check(&s, &info, dataset, err) < 0 ||
	    chunk_check(&s, &info, err) < 0)
		return -1;
	at = info.chunks.rank == 0 && !*info.filters ? H5Dget_offset(dataset) : HADDR_UNDEF;
	H5Eclear2(H5E_DEFAULT);
	if (at != HADDR_UNDEF && at <= job->size && s.values * s.type.bytes <= job->size - at) {
		s.is_packed = true;
		s.offset = at;
	} else {
		box_choose(&s, &info);
		s.handle = dataset;
		dataset = -1;
		s.read = dataset_read_box;
		s.close = dataset_close;
	}
	*out = s;
	return 0;
}
