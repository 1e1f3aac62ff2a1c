/*
 * wb-tensor: describes one tensor file, open on descriptor 3, in JSON lines on
 * standard output (store/tensor_codec.h), or computes with its values (store/tensor_compute.h).
 *
 * It is started by store/tensor.c. Everything it needs is made ready first,
 * then it gives up all else (store/tensor_confine.h), and only then does it
 * look at a byte of the file.
 */
#include "config.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/str.h"
#include "store/tensor_compute.h"
#include "store/tensor_confine.h"
#include "store/tensor_format.h"
#include "store/tensor_hdf5.h"
#include "store/tensor_header.h"

static int job_list(const struct tensor_job *job, struct error *err)
{
	switch (tensor_format_of(job->fd, job->size)) {
	case TENSOR_FORMAT_HDF5:
		return tensor_hdf5_read(job, err);
	case TENSOR_FORMAT_NPY:
		return tensor_npy_read(job, err);
	case TENSOR_FORMAT_SAFETENSORS:
		return tensor_safetensors_read(job, err);
	case TENSOR_FORMAT_NPZ:
	case TENSOR_FORMAT_NONE:
		break;
	}
	if (job->size == 0)
		return error_set(err, ERR_CORRUPT, "the file is empty");
	return error_set(err, ERR_CORRUPT,
			 "not an HDF5 file, or truncated: no HDF5 signature (nor .npy or safetensors)");
}

/* A file whose tensors are looked up by name. */
struct opened {
	const struct tensor_job *job;
	enum tensor_format format;
	int64_t hdf5;
	struct jval *header; /* safetensors */
	uint64_t data;
};

static int opened_find(void *data, const char *path, struct tensor_source *out, struct error *err)
{
	const struct opened *o = data;

	switch (o->format) {
	case TENSOR_FORMAT_HDF5:
		return tensor_hdf5_source(o->job, o->hdf5, path, out, err);
	case TENSOR_FORMAT_SAFETENSORS:
		return tensor_safetensors_source(o->job, o->header, o->data, path, out, err);
	default:
		if (!str_eq(path, "array"))
			return error_set(err, ERR_NOT_FOUND, "there is no such tensor");
		return tensor_npy_source(o->job, out, err);
	}
}

static int job_compute(const struct tensor_job *job, struct error *err)
{
	struct opened o = { .job = job, .format = tensor_format_of(job->fd, job->size) };
	int rc = 0;

	if (o.format == TENSOR_FORMAT_NONE || o.format == TENSOR_FORMAT_NPZ)
		return job_list(job, err);
	if (o.format == TENSOR_FORMAT_HDF5)
		rc = tensor_hdf5_open(job, &o.hdf5, err);
	else if (o.format == TENSOR_FORMAT_SAFETENSORS)
		rc = tensor_safetensors_header(job, &o.header, &o.data, err);
	if (rc < 0)
		return -1;
	rc = job->ask == TENSOR_ASK_STAT ? tensor_compute_stat(job->sink, job->question, opened_find, &o, err) :
					   tensor_compute_values(job->sink, job->question, opened_find, &o, err);
	jval_free(o.header);
	return rc;
}

static int job_run(const struct tensor_job *job, struct error *err)
{
	return job->question ? job_compute(job, err) : job_list(job, err);
}

static int job_prepare(struct tensor_job *job, struct error *err)
{
	struct stat st;

	if (fstat(job->fd, &st) < 0)
		return error_sys(err, "descriptor %d", job->fd);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERR_INVALID, "not a regular file");
	job->size = (uint64_t)st.st_size;
	/* The JSON library wants randomness once; afterwards it could not open the device. */
	jval_free(jval_object());
	if (tensor_hdf5_prepare(err) < 0)
		return -1;
	return tensor_confine((unsigned)jval_get_int(job->question, "cpu", 0), err);
}

static struct jval *error_record(const struct error *err)
{
	struct jval *record = jval_object();

	jval_set_text(record, "code", error_code_name(err->code));
	jval_set_text(record, "text", err->text);
	return record;
}

static int job_parse(int argc, char **argv, struct tensor_job *job, struct jval **question)
{
	struct error ignored = { 0 };

	if (argc < 2 || !tensor_ask_parse(argv[1], &job->ask) || argc != (job->ask < TENSOR_ASK_STAT ? 2 : 3))
		return -1;
	if (argc == 3 && jval_parse(argv[2], strlen(argv[2]), question, &ignored) < 0)
		return -1;
	job->question = *question;
	return 0;
}

int main(int argc, char **argv)
{
	struct tensor_sink sink = { .b = BUF_INIT(TENSOR_ANSWER_MAX) };
	struct tensor_job job = { .fd = TENSOR_FD, .sink = &sink };
	struct error err = { 0 };
	struct error lost = { 0 };
	struct jval *question = NULL;
	int rc;

	if (job_parse(argc, argv, &job, &question) < 0) {
		fprintf(stderr, "usage: wb-tensor list|tags 3<FILE, wb-tensor stat|values QUESTION 3<FILE"
				"   (a part of wb, which starts it)\n");
		return 2;
	}
	rc = job_prepare(&job, &err);
	if (rc == 0)
		rc = job_run(&job, &err);
	if (rc == 0)
		rc = tensor_sink_put(&sink, "end", jval_new_bool(true), &err);
	if (rc < 0) {
		/* Room for the last word, even where the answer was too long. */
		sink = (struct tensor_sink){ .b = BUF_INIT(LIMIT_EVENT_LINE) };
		rc = tensor_sink_put(&sink, "error", error_record(&err), &lost);
	}
	if (rc == 0)
		rc = tensor_sink_flush(&sink, &lost);
	_exit(rc == 0 ? 0 : 1);
}
