/* One wb-tensor process: started on a descriptor, read to its end within a deadline, and its end explained. */
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

#endif
