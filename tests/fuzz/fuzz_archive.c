/* Archives of strangers: whatever the bytes, what comes out keeps to the rules of store/archive.h. */
#include "config.h"

#include "tests/fuzz/fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "engine/bundle_check.h"
#include "store/archive.h"

enum { INPUT_MAX = 65536, FILES_MAX = 200, BYTES_MAX = 1 << 20 };

static void check_path(const char *path)
{
	fuzz_check(*path && *path != '/' && strlen(path) <= ARCHIVE_PATH_MAX);
	fuzz_check(!strstr(path, "/../") && strncmp(path, "../", 3) != 0 && strcmp(path, "..") != 0);
}

/* Returns what the reader said last. */
static int read_file(struct archive_reader *r, const char *path, uint64_t bytes, struct error *err)
{
	struct bundle_check check;
	char piece[4096];
	uint64_t done = 0;
	ssize_t n = 0;
	int rc = 0;

	bundle_check_begin(&check, path, bytes);
	while (rc == 0 && done < BYTES_MAX && (n = archive_reader_read(r, piece, sizeof piece, err)) > 0) {
		rc = bundle_check_data(&check, piece, (size_t)n, err);
		done += (uint64_t)n;
	}
	if (n == 0 && rc == 0)
		rc = bundle_check_end(&check, err);
	bundle_check_release(&check);
	fuzz_check((rc == 0 && n >= 0) || err->code != ERR_NONE);
	return n < 0 ? -1 : 0;
}

static void read_all(int fd, size_t size, enum archive_kind kind)
{
	CLEANUP(archive_reader_close) struct archive_reader *r = NULL;
	struct error err = { 0 };
	const char *path;
	uint64_t bytes;
	int rc = archive_reader_open(fd, size, kind, &r, &err);

	for (int i = 0; rc == 0 && i < FILES_MAX; i++) {
		rc = archive_reader_next(r, &path, &bytes, &err);
		if (rc <= 0)
			break;
		check_path(path);
		rc = read_file(r, path, bytes, &err);
	}
	fuzz_check(rc >= 0 || err.code != ERR_NONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(close) int fd = memfd_create("input", MFD_CLOEXEC);

	if (size > INPUT_MAX)
		return 0;
	fuzz_check(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	read_all(fd, size, ARCHIVE_TAR_ZSTD);
	read_all(fd, size, ARCHIVE_ZIP);
	return 0;
}
