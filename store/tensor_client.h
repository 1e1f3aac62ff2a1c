/* wb-tensor (for .npz files wb-archive) asked about one file: its answer read to its end within a deadline. */
#ifndef WB_STORE_TENSOR_CLIENT_H
#define WB_STORE_TENSOR_CLIENT_H

#include "store/tensor.h"

/* Called for each record of the answer, in order; a negative return (err set) ends the reading. */
typedef int tensor_record_fn(const struct jval *record, void *data, struct error *err);

/*
 * Asks ("list" or "tags") about the file behind fd. Errors begin with the display name; what the worker says about
 * the file comes as ERR_CORRUPT, ERR_LIMIT, ERR_INVALID or ERR_UNSUPPORTED.
 */
int tensor_client_ask(int fd, const char *display_name, const char *ask, const struct tensor_options *opt,
		      tensor_record_fn *fn, void *data, struct error *err) WB_MUST_CHECK;

/* The same of several workers at once, one for each question (texts of JSON, store/tensor_compute.h). */
int tensor_client_ask_all(int fd, const char *display_name, const char *ask, char *const *questions, size_t n,
			  const struct tensor_options *opt, tensor_record_fn *fn, void *data,
			  struct error *err) WB_MUST_CHECK;

/* The bytes of a tensor's values, little-endian, as wb-tensor sends them. */
struct tensor_stream;
int tensor_stream_open(int fd, const char *display_name, const char *question, const struct tensor_options *opt,
		       struct tensor_stream **out, struct error *err) WB_MUST_CHECK;
void tensor_stream_close(struct tensor_stream *s);
DEFINE_CLEANUP(tensor_stream_close, struct tensor_stream *);

uint64_t tensor_stream_bytes(const struct tensor_stream *s);

/* Exactly n bytes, which must not be more than are left. After the last ones the answer was complete. */
int tensor_stream_read(struct tensor_stream *s, void *p, size_t n, struct error *err) WB_MUST_CHECK;

#endif
