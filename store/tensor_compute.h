/*
 * Inside the worker: questions about values, each a text of JSON made by store/tensor_values.c.
 *
 *     stat    {"items":[{"path":NAME,"parts":N}...],"first":I,"step":S,"bins":BOOL}
 *             All parts of all items are counted through; this worker does those numbered I, I+S, I+2S, ...
 *             Answer: {"stat":{"item","part",...store/tensor_stats.h...}} for each.
 *     values  {"path":NAME,"select":[[START,STEP,COUNT]...]}    (select left out: everything)
 *             Answer: {"values":{"bytes":N}}, then N bytes: the values in C order, little-endian.
 *
 * "cpu" in both is how many seconds of processor time the worker may take.
 */
#ifndef WB_STORE_TENSOR_COMPUTE_H
#define WB_STORE_TENSOR_COMPUTE_H

#include "store/tensor_source.h"

int tensor_compute_stat(struct tensor_sink *sink, const struct jval *question, tensor_find_fn *find, void *data,
			struct error *err) WB_MUST_CHECK;
int tensor_compute_values(struct tensor_sink *sink, const struct jval *question, tensor_find_fn *find, void *data,
			  struct error *err) WB_MUST_CHECK;

#endif
