/*
 * Tensor files (HDF5; also .npy and safetensors headers), looked at from a
 * safe distance: the bytes are parsed by the worker program wb-tensor, one
 * process a file, which holds nothing but that descriptor and may not open
 * anything (store/tensor_confine.h). What comes back is data of the types
 * below; names and texts in it are the file's own and untrusted (base/text.h
 * before showing).
 *
 * A file that is hostile, damaged or simply something else gives one error
 * line that begins with the display name. Only metadata and attributes are
 * read, never another file: what a container keeps elsewhere (external
 * storage, external links, virtual datasets) is listed with the reason in
 * `refused` or in `skipped`.
 */
#ifndef WB_STORE_TENSOR_H
#define WB_STORE_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/jval.h"

enum { TENSOR_RANK_MAX = 32 };

struct tensor_shape {
	unsigned rank;                   /* 0: one value */
	bool is_null;                    /* holds no value at all (an HDF5 null dataspace) */
	uint64_t dims[TENSOR_RANK_MAX];
};

struct tensor_attr {
	char *name;
	char *dtype;
	struct tensor_shape shape;
	struct jval *value;              /* number, string, bool, array of them; NULL: too large, or a type not shown */
	char *text;                      /* the same for people, shortened; never NULL */
};

struct tensor_info {
	char *path;                      /* "/train/images"; the name in the header for other formats */
	char *dtype;                     /* "float32", "int64", "string", "bool", "complex64", "compound{x:int8}" */
	struct tensor_shape shape;
	struct tensor_shape chunks;      /* rank 0: not chunked */
	char *compression;               /* "none", "gzip", "lzf", "szip", "zstd", ... */
	char *filters;                   /* the whole pipeline, "shuffle+gzip(4)"; "" when none */
	uint64_t bytes;                  /* as stored */
	char *refused;                   /* why its values cannot be read here (they lie in another file), or NULL */
	struct tensor_attr *attrs;
	size_t attr_count;
};

/* A name in the file that was not followed. */
struct tensor_skipped {
	char *path;
	char *why;
};

struct tensor_list {
	char *file;                      /* the display name given */
	char *format;                    /* "hdf5", "npy", "safetensors" */
	struct tensor_info *tensors;     /* in path order for HDF5, in file order otherwise */
	size_t count;
	struct tensor_attr *attrs;       /* of the file (HDF5: of the root group) */
	size_t attr_count;
	struct tensor_skipped *skipped;
	size_t skipped_count;
};

void tensor_list_release(struct tensor_list *list);
DEFINE_CLEANUP_VALUE(tensor_list_release, struct tensor_list);

/* Tags in order of first appearance, without repetition, blanks around them trimmed. */
struct tensor_tags {
	char **names;
	size_t count;
};

void tensor_tags_release(struct tensor_tags *tags);
DEFINE_CLEANUP_VALUE(tensor_tags_release, struct tensor_tags);

struct tensor_options {
	const char *worker_path;         /* NULL: wb-tensor beside the running program, else in the libexec folder */
	int64_t timeout_ns;              /* 0: 30 s */
};

/*
 * Lists the file behind fd, which must be a regular one; its offset is neither used nor moved. display_name stands
 * in messages. opt may be NULL. *out is filled on success only. ERR_CORRUPT: not a tensor file, damaged, or hostile;
 * ERR_LIMIT: more objects or attributes than a listing holds; ERR_TIMEOUT; ERR_UNSUPPORTED: the worker cannot be
 * confined on this machine.
 */
int tensor_list(int fd, const char *display_name, const struct tensor_options *opt, struct tensor_list *out,
		struct error *err) WB_MUST_CHECK;

/*
 * The values of every `wb.tags` attribute in the file: on the root, on groups and on datasets; each a string or an
 * array of strings, commas separate tags within a string. safetensors: the same key in __metadata__. A `wb.tags` that
 * is anything else, or a file that cannot be looked through completely, is an error: a tag must not get lost. A file
 * that is none of the formats is ERR_CORRUPT; ask tensor_is_container() first where any file may come.
 */
int tensor_tags(int fd, const char *display_name, const struct tensor_options *opt, struct tensor_tags *out,
		struct error *err) WB_MUST_CHECK;

/* True when the first bytes are HDF5's, NumPy's or safetensors' (the name decides nothing). The offset stays. */
bool tensor_is_container(int fd);

/*
 * {"v":1,"file","format","tensors":[{"path","shape","dtype","chunks","compression","filters","bytes","attributes":{}}],
 *  "attributes":{},"skipped":[{"path","why"}]}. shape is null where there is no value, chunks null where not chunked;
 * a tensor that cannot be read has "refused" too. The caller owns the result.
 */
struct jval *tensor_list_to_jval(const struct tensor_list *list);

#endif
