/*
 * The tensors in what a run left, listed once when the run is collected: for
 * END, "tensors": [{"path","format","tensors":[{"path","shape","dtype","bytes"}...]}...].
 * A file that cannot be read has "error" instead. Bounded in time and size; what
 * was left out is counted in "more" (tensors of a file; files, as the last element).
 */
#ifndef WB_ENGINE_TENSOR_INDEX_H
#define WB_ENGINE_TENSOR_INDEX_H

#include "base/jval.h"
#include "engine/collect.h"

/* Owned by the caller; NULL when no file holds tensors. The outputs must be stored already. */
struct jval *tensor_index(const struct store *store, const struct collected *c);

#endif
