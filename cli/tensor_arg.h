/*
 * How a tensor is named on the command line: FILE or RUN:PATH, then maybe
 * :TENSOR, then maybe a [SELECTION]. A file that is there is meant as such.
 */
#ifndef WB_CLI_TENSOR_ARG_H
#define WB_CLI_TENSOR_ARG_H

#include "base/cleanup.h"
#include "base/error.h"
#include "store/tensor.h"
#include "store/tensor_values.h"

struct app;

struct tensor_arg {
	int fd;
	char *tensor;               /* NULL: none was named */
	char *select;               /* "[0:3]", or NULL */
	struct tensor_list list;    /* of the whole file; list.file is what was typed for it */
};

#define TENSOR_ARG_INIT { .fd = -1 }

/* Opens the file and lists it. */
int tensor_arg_open(struct app *app, const char *text, struct tensor_arg *out, struct error *err) WB_MUST_CHECK;
void tensor_arg_release(struct tensor_arg *a);
DEFINE_CLEANUP_VALUE(tensor_arg_release, struct tensor_arg);

/* The tensor that is meant (the only one where none was named), and the part of it. *out is borrowed. */
int tensor_arg_pick(const struct tensor_arg *a, const struct tensor_info **out, struct tensor_select *select,
		    struct error *err) WB_MUST_CHECK;

/* "3x4", "scalar", "empty". Appended. */
void tensor_shape_format(struct buf *b, const struct tensor_shape *shape);
struct jval *tensor_shape_to_jval(const struct tensor_shape *shape);

/* What table each command prints rows of: wb tensor stat|show|diff|export. */
struct command;
extern const struct command tensor_stat_command, tensor_show_command, tensor_diff_command, tensor_export_command;

#endif
