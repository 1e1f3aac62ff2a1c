/* The HDF5 library started with its ways out shut, and a file driver that knows one descriptor. */
#include "config.h"

#include "store/tensor_h5.h"

#include "base/mem.h"
#include "base/sys.h"
#include "store/tensor_hdf5.h"

static herr_t error_visit(unsigned n, const H5E_error2_t *e, void *data)
{
	char *text = data;

	if (n == 0 && e->desc)
		snprintf(text, 200, "%s", e->desc);
	return 0;
}

/* Raises what, with the innermost reason that the library gives. */
int tensor_h5_error(struct error *err, const char *what)
{
	char why[200] = "";

	H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, error_visit, why);
	H5Eclear2(H5E_DEFAULT);
	return error_set(err, ERR_CORRUPT, "%s%s%s", what, why[0] ? ": " : "", why);
}

struct driver_file {
	H5FD_t pub;      /* first: the library casts */
	int fd;
	haddr_t eoa;
	haddr_t eof;
};

/* What the driver opens, whatever name the library asks for. Handed over in the file access property list. */
struct driver_source {
	int fd;
	uint64_t size;
};

static H5FD_t *driver_open(const char *name, unsigned flags, hid_t fapl, haddr_t maxaddr)
{
	const struct driver_source *source = H5Pget_driver_info(fapl);
	struct driver_file *f;

	(void)name;
	(void)maxaddr;
	if (!source || (flags & (H5F_ACC_RDWR | H5F_ACC_CREAT | H5F_ACC_TRUNC)))
		return NULL;
	f = mem_zalloc(sizeof *f);
	f->fd = source->fd;
	f->eof = source->size;
	return &f->pub;
}

static herr_t driver_close(H5FD_t *file)
{
	free(file);
	return 0;
}

static int driver_cmp(const H5FD_t *a, const H5FD_t *b)
{
	return (a > b) - (a < b);
}

static herr_t driver_query(const H5FD_t *file, unsigned long *flags)
{
	(void)file;
	*flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE;
	return 0;
}

static haddr_t driver_get_eoa(const H5FD_t *file, H5FD_mem_t type)
{
	(void)type;
	return ((const struct driver_file *)(const void *)file)->eoa;
}

static herr_t driver_set_eoa(H5FD_t *file, H5FD_mem_t type, haddr_t addr)
{
	(void)type;
	((struct driver_file *)(void *)file)->eoa = addr;
	return 0;
}

static haddr_t driver_get_eof(const H5FD_t *file, H5FD_mem_t type)
{
	(void)type;
	return ((const struct driver_file *)(const void *)file)->eof;
}

/* Bytes past the end read as zeros, as the library's own drivers have it. */
static herr_t driver_read(H5FD_t *file, H5FD_mem_t type, hid_t dxpl, haddr_t addr, size_t size, void *out)
{
	const struct driver_file *f = (const void *)file;
	size_t done = 0;

	(void)type;
	(void)dxpl;
	if (addr > INT64_MAX || size > INT64_MAX - addr)
		return -1;
	while (done < size) {
		ssize_t n = sys_pread(f->fd, (char *)out + done, size - done, (off_t)(addr + done));

		if (n < 0)
			return -1;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	memset((char *)out + done, 0, size - done);
	return 0;
}

static herr_t driver_write(H5FD_t *file, H5FD_mem_t type, hid_t dxpl, haddr_t addr, size_t size, const void *data)
{
	(void)file;
	(void)type;
	(void)dxpl;
	(void)addr;
	(void)size;
	(void)data;
	return -1;
}

static const H5FD_class_t driver = {
#ifdef H5FD_CLASS_VERSION /* HDF5 1.14 */
	.version = H5FD_CLASS_VERSION,
	.value = (H5FD_class_value_t)514,
#endif
	.name = "wb-descriptor",
	.maxaddr = INT64_MAX,
	.fc_degree = H5F_CLOSE_STRONG,
	.fapl_size = sizeof(struct driver_source),
	.open = driver_open,
	.close = driver_close,
	.cmp = driver_cmp,
	.query = driver_query,
	.get_eoa = driver_get_eoa,
	.set_eoa = driver_set_eoa,
	.get_eof = driver_get_eof,
	.read = driver_read,
	.write = driver_write,
	.fl_map = H5FD_FLMAP_DICHOTOMY,
};

int tensor_hdf5_prepare(struct error *err)
{
	/* First of all: the filter plugins' folder is looked at when the library starts. */
	if (H5PLset_loading_state(0) < 0 || H5open() < 0)
		return tensor_h5_error(err, "the HDF5 library does not start");
	H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
	if (H5Lunregister(H5L_TYPE_EXTERNAL) < 0)
		return tensor_h5_error(err, "the HDF5 library does not let go of external links");
	return 0;
}

hid_t tensor_h5_open(const struct tensor_job *job, struct error *err)
{
	const struct driver_source source = { .fd = job->fd, .size = job->size };
	CLEANUP(id_close) hid_t fapl = H5Pcreate(H5P_FILE_ACCESS);
	hid_t class = H5FDregister(&driver);
	hid_t file;

	if (fapl < 0 || class < 0 || H5Pset_driver(fapl, class, &source) < 0)
		return tensor_h5_error(err, "the HDF5 library does not take the file driver");
	file = H5Fopen("descriptor", H5F_ACC_RDONLY, fapl);
	if (file < 0)
		return tensor_h5_error(err, "not an HDF5 file, or truncated");
	return file;
}
