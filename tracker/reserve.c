/* Room set aside for a full disk. */
#include "config.h"

#include "tracker/reserve.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/sys.h"

enum { RESERVE_BYTES = 512 * 1024 };

static const char file_name[] = "wb.db-reserve";

void reserve_keep(struct tracker *t)
{
	CLEANUP(close) int fd = -1;

	if (fs_exists(t->store, file_name))
		return;
	fd = sys_openat(t->store, file_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0660);
	/* Where a file system cannot allocate ahead there is no reserve. */
	if (fd >= 0 && fallocate(fd, 0, 0, RESERVE_BYTES) < 0)
		sys_unlinkat(t->store, file_name, 0);
}

bool reserve_is_full(const struct error *err)
{
	return err->sys == ENOSPC || err->sys == EDQUOT;
}

bool reserve_spend(struct tracker *t, const struct error *err)
{
	return reserve_is_full(err) && sys_unlinkat(t->store, file_name, 0) == 0;
}
