/*
 * wb-tensor: describes one tensor file, open on descriptor 3, in JSON lines on
 * standard output (store/tensor_codec.h). usage: wb-tensor list|tags 3<FILE
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
#include "store/tensor_confine.h"
#include "store/tensor_format.h"
#include "store/tensor_hdf5.h"
#include "store/tensor_header.h"

static int job_run(const struct tensor_job *job, struct error *err)
{
	switch (tensor_format_of(job->fd, job->size)) {
	case TENSOR_FORMAT_HDF5:
		return tensor_hdf5_read(job, err);
	case TENSOR_FORMAT_NPY:
		return tensor_npy_read(job, err);
	case TENSOR_FORMAT_SAFETENSORS:
		return tensor_safetensors_read(job, err);
	case TENSOR_FORMAT_NONE:
		break;
	}
	if (job->size == 0)
		return error_set(err, ERR_CORRUPT, "the file is empty");
	return error_set(err, ERR_CORRUPT,
			 "not an HDF5 file, or truncated: no HDF5 signature (nor .npy or safetensors)");
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
	return tensor_hdf5_prepare(err) < 0 ? -1 : tensor_confine(err);
}

static struct jval *error_record(const struct error *err)
{
	struct jval *record = jval_object();

	jval_set_text(record, "code", error_code_name(err->code));
	jval_set_text(record, "text", err->text);
	return record;
}

int main(int argc, char **argv)
{
	struct tensor_sink sink = { .b = BUF_INIT(TENSOR_ANSWER_MAX) };
	struct tensor_job job = { .fd = TENSOR_FD, .sink = &sink };
	struct error err = { 0 };
	struct error lost = { 0 };
	int rc;

	if (argc != 2 || (!str_eq(argv[1], "list") && !str_eq(argv[1], "tags"))) {
		fprintf(stderr, "usage: wb-tensor list|tags 3<FILE   (a part of wb, which starts it)\n");
		return 2;
	}
	job.ask = str_eq(argv[1], "tags") ? TENSOR_ASK_TAGS : TENSOR_ASK_LIST;
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
