/* Reading a pack's index. */
#include "config.h"

#include "store/packlist.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bigend.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"

enum { FAN = 256, HEAD_BYTES = 8 + 4 * FAN, CRC_BYTES = 4, PLACE_BYTES = 4, FAR_BYTES = 8, SUM_BYTES = 20 };

static int by_place(const void *a, const void *b)
{
	const struct pack_entry *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

static int damaged(const char *name, struct error *err)
{
	error_set(err, ERR_CORRUPT, "the index of %s is damaged", name);
	return error_hint(err, "remove it and let `git index-pack` make it anew from the .pack beside it");
}

static int read_entries(const char *name, const struct buf *index, struct pack_entry **out, size_t *out_n, struct error *err)
{
	const unsigned char *p = (const unsigned char *)index->data;
	CLEANUP(free) struct pack_entry *list = NULL;
	size_t n, fixed;

	if (index->len < HEAD_BYTES || memcmp(p, "\377tOc\0\0\0\2", 8) != 0)
		return error_set(err, ERR_UNSUPPORTED, "the index of %s is not of version 2", name);
	n = be32_load(p + HEAD_BYTES - 4);
	fixed = HEAD_BYTES + n * (BLOB_ID_BYTES + CRC_BYTES + PLACE_BYTES);
	if (index->len < fixed + 2 * SUM_BYTES)
		return damaged(name, err);
	list = mem_calloc(n + 1, sizeof *list);
	for (size_t i = 0; i < n; i++) {
		uint32_t place = be32_load(p + HEAD_BYTES + n * (BLOB_ID_BYTES + CRC_BYTES) + i * PLACE_BYTES);
		size_t far_at = fixed + (size_t)(place & 0x7fffffff) * FAR_BYTES;

		memcpy(list[i].id.b, p + HEAD_BYTES + i * BLOB_ID_BYTES, BLOB_ID_BYTES);
		list[i].at = place;
		if (!(place & 0x80000000))
			continue;
		if (far_at + FAR_BYTES + 2 * SUM_BYTES > index->len)
			return damaged(name, err);
		list[i].at = (uint64_t)be32_load(p + far_at) << 32 | be32_load(p + far_at + 4);
	}
	*out_n = n;
	*out = take_ptr(&list);
	return 0;
}

int pack_list(int dirfd, const char *name, struct pack_entry **out, size_t *n, struct error *err)
{
	CLEANUP(buf_release) struct buf index = BUF_INIT(2048 * LIMIT_MIB);
	CLEANUP(free) char *index_name = mem_printf("%s.idx", name);
	CLEANUP(free) char *pack_name = mem_printf("%s.pack", name);
	CLEANUP(free) struct pack_entry *list = NULL;
	struct stat st;
	size_t count = 0;

	if (fstatat(dirfd, pack_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return error_sys(err, "%s", pack_name);
	if (fs_read_file(dirfd, index_name, &index, err) < 0 || read_entries(name, &index, &list, &count, err) < 0)
		return -1;
	if (count)
		qsort(list, count, sizeof *list, by_place);
	for (size_t i = 0; i < count; i++) {
		uint64_t end = i + 1 < count ? list[i + 1].at : (uint64_t)st.st_size - SUM_BYTES;

		if (end < list[i].at)
			return damaged(name, err);
		list[i].bytes = end - list[i].at;
	}
	*n = count;
	*out = take_ptr(&list);
	return 0;
}
