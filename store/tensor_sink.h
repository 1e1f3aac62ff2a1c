/*
 * What a reader inside wb-tensor is asked, and where its records go: standard
 * output, buffered and bounded. Records are those of store/tensor_codec.h.
 */
#ifndef WB_STORE_TENSOR_SINK_H
#define WB_STORE_TENSOR_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/jval.h"
#include "store/tensor.h"

#define TENSOR_ANSWER_MAX (32 * LIMIT_MIB) /* bytes of one whole answer */

enum { TENSOR_TAGS_MAX = 1000 };

enum tensor_ask { TENSOR_ASK_LIST, TENSOR_ASK_TAGS, TENSOR_ASK_STAT, TENSOR_ASK_VALUES };

/* From the word on the worker's command line; false for another. */
bool tensor_ask_parse(const char *word, enum tensor_ask *out);

struct tensor_sink {
	struct buf b;
	uint64_t written;
};

/* One reader's work. */
struct tensor_job {
	enum tensor_ask ask;
	int fd;
	uint64_t size;             /* of the file, bytes */
	struct tensor_sink *sink;
	const struct jval *question; /* TENSOR_ASK_STAT, TENSOR_ASK_VALUES: store/tensor_compute.h */
};

/* Takes record and writes it under key. ERR_LIMIT when the answer grows too long. */
int tensor_sink_put(struct tensor_sink *sink, const char *key, struct jval *record, struct error *err) WB_MUST_CHECK;

/* Records of their own: a tensor that was not read, with the reason; the file itself. flush: what is buffered goes out. */
int tensor_sink_skip(struct tensor_sink *sink, const char *path, const char *why, struct error *err) WB_MUST_CHECK;
int tensor_sink_file(struct tensor_sink *sink, const char *format, const struct tensor_attr *attrs, size_t count,
		     struct error *err) WB_MUST_CHECK;
int tensor_sink_flush(struct tensor_sink *sink, struct error *err) WB_MUST_CHECK;

#endif
