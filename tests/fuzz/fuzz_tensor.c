/* .npy and safetensors headers: whatever the bytes, the records that come out can be read back. */
#include "config.h"

#include "tests/fuzz/fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "store/tensor_codec.h"
#include "store/tensor_format.h"
#include "store/tensor_header.h"

/* Longer inputs could fill the sink, which then writes to standard output. */
enum { INPUT_MAX = 1500 };

static void check_record(const char *line, size_t n)
{
	CLEANUP(jval_free) struct jval *record = NULL;
	CLEANUP(tensor_info_release) struct tensor_info info = { 0 };
	struct error err = { 0 };

	fuzz_check(jval_parse(line, n, &record, &err) == 0);
	if (jval_get(record, "tensor"))
		fuzz_check(tensor_info_decode(jval_get(record, "tensor"), &info, &err) == 0);
	else if (jval_get(record, "file"))
		fuzz_check(tensor_attrs_decode(jval_get(jval_get(record, "file"), "attributes"), &info.attrs,
					       &info.attr_count, &err) == 0);
	else
		fuzz_check(jval_get(record, "tags") != NULL);
}

static void ask(int fd, size_t size, enum tensor_ask what)
{
	struct tensor_sink sink = { .b = BUF_INIT(LIMIT_MIB) };
	struct tensor_job job = { .ask = what, .fd = fd, .size = size, .sink = &sink };
	struct error err = { 0 };
	const char *at;
	int rc = -1;

	switch (tensor_format_of(fd, size)) {
	case TENSOR_FORMAT_NPY:
		rc = tensor_npy_read(&job, &err);
		break;
	case TENSOR_FORMAT_SAFETENSORS:
		rc = tensor_safetensors_read(&job, &err);
		break;
	default:
		error_set(&err, ERR_CORRUPT, "none");
	}
	fuzz_check((rc == 0) == (err.code == ERR_NONE));
	at = buf_text(&sink.b);
	for (const char *eol; (eol = strchr(at, '\n')); at = eol + 1)
		check_record(at, (size_t)(eol - at));
	buf_release(&sink.b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(close) int fd = memfd_create("input", MFD_CLOEXEC);

	if (size > INPUT_MAX)
		return 0;
	fuzz_check(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	ask(fd, size, TENSOR_ASK_LIST);
	ask(fd, size, TENSOR_ASK_TAGS);
	return 0;
}
