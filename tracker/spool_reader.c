/* Reading a spool, also one that is being written, and finding the way behind damage. */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/sys.h"
#include "tracker/frame.h"
#include "tracker/spool.h"

enum {
	WINDOW = 512 * 1024,
	DAMAGE_MAX = 256 * 1024 * 1024, /* how far a whole record is looked for */
};

struct spool_reader {
	int fd;
	uint64_t offset;   /* of the record at data + at */
	char *data;
	size_t cap, len, at;
	uint64_t torn;
	uint64_t damage;   /* bytes from offset to the next whole record; 0: not known */
};

/* Makes n bytes available from at, as far as the file has them. Returns how many there are. */
static ssize_t load(struct spool_reader *r, size_t n)
{
	while (r->len - r->at < n) {
		ssize_t got;

		if (r->at) {
			memmove(r->data, r->data + r->at, r->len - r->at);
			r->len -= r->at;
			r->at = 0;
		}
		if (r->cap < n || r->cap == r->len)
			mem_reserve(&r->data, &r->cap, n > WINDOW ? n : (size_t)WINDOW);
		got = sys_pread(r->fd, r->data + r->len, r->cap - r->len, (off_t)(r->offset + r->len));
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		r->len += (size_t)got;
	}
	return (ssize_t)(r->len - r->at);
}

int spool_reader_open(int fd, uint64_t offset, struct spool_reader **out, struct error *err)
{
	unsigned char header[SPOOL_HEADER_BYTES];
	ssize_t n = sys_pread(fd, header, sizeof header, 0);

	if (n < 0)
		return error_sys(err, "reading the spool");
	if ((size_t)n < sizeof header)
		return error_set(err, ERR_CORRUPT, "the spool has no header");
	if (memcmp(header, frame_header, 8) != 0)
		return error_set(err, ERR_CORRUPT, "this is not a spool");
	if (header[8] != frame_header[8])
		return error_set(err, ERR_UNSUPPORTED, "the spool has version %u, this wb reads version %u", header[8],
				 frame_header[8]);
	*out = mem_zalloc(sizeof **out);
	(*out)->fd = fd;
	(*out)->offset = offset < SPOOL_HEADER_BYTES ? SPOOL_HEADER_BYTES : offset;
	return 0;
}

void spool_reader_close(struct spool_reader *r)
{
	if (!r)
		return;
	free(r->data);
	free(r);
}

uint64_t spool_reader_offset(const struct spool_reader *r)
{
	return r->offset;
}

uint64_t spool_reader_torn(const struct spool_reader *r)
{
	return r->torn;
}

/* Judges the bytes `ahead` behind at; the verdict SHORT is final: the file ends there. */
static int judge(struct spool_reader *r, size_t ahead, enum frame_verdict *out, size_t *out_size)
{
	size_t want = ahead + SPOOL_FRAME_BYTES + 1;

	for (;;) {
		ssize_t have = load(r, want);

		if (have < 0)
			return -1;
		if ((size_t)have <= ahead) {
			*out = FRAME_SHORT;
			*out_size = 0;
			return 0;
		}
		*out = frame_check(r->data + r->at + ahead, (size_t)have - ahead, out_size);
		if (*out != FRAME_SHORT || (size_t)have < want || *out_size <= (size_t)have - ahead)
			return 0;
		want = ahead + *out_size;
	}
}

/*
 * Looks for a whole record behind the bad one at the reader's place. No run can
 * plant one inside its strings: each frame holds a NUL, and no string does.
 */
static int find_whole(struct spool_reader *r, uint64_t *out_ahead)
{
	enum frame_verdict verdict;
	size_t size, ahead = 1;

	for (; ahead < DAMAGE_MAX; ahead++) {
		ssize_t have = load(r, ahead + SPOOL_FRAME_BYTES + 4);

		if (have < 0)
			return -1;
		if ((size_t)have < ahead + SPOOL_FRAME_BYTES + 4)
			break;
		if (judge(r, ahead, &verdict, &size) != 0)
			return -1;
		if (verdict == FRAME_WHOLE) {
			*out_ahead = ahead;
			return 1;
		}
	}
	return 0;
}

static int at_damage(struct spool_reader *r, struct error *err)
{
	int found = find_whole(r, &r->damage);

	if (found < 0)
		return error_sys(err, "reading the spool");
	if (found)
		return error_set(err, ERR_CORRUPT, "%llu damaged bytes in the spool at byte %llu",
				 (unsigned long long)r->damage, (unsigned long long)r->offset);
	r->torn = r->len - r->at;
	return 0;
}

int spool_reader_next(struct spool_reader *r, struct spool_record *out, struct error *err)
{
	enum frame_verdict verdict;
	size_t size;

	r->torn = r->damage = 0;
	if (judge(r, 0, &verdict, &size) != 0)
		return error_sys(err, "reading the spool");
	if (r->len == r->at)
		return 0;
	if (verdict != FRAME_WHOLE)
		return at_damage(r, err);
	frame_decode(r->data + r->at, out);
	out->seq = r->offset;
	r->at += size;
	r->offset += size;
	out->next = r->offset;
	return 1;
}

uint64_t spool_reader_skip(struct spool_reader *r)
{
	uint64_t skipped = r->damage;

	r->at += (size_t)skipped;
	r->offset += skipped;
	r->damage = 0;
	return skipped;
}
