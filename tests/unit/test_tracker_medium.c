/* tracker/medium.c: which file systems may hold a write-ahead log. */
#include "config.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tests/support/wb_test.h"
#include "tracker/medium.h"

static void types__that_other_hosts_see__are_shared(void **state)
{
	static const long shared[] = { NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, CODA_SUPER_MAGIC, AFS_SUPER_MAGIC, V9FS_MAGIC,
				       FUSE_SUPER_MAGIC, OCFS2_SUPER_MAGIC, 0x0bd00bd0, 0x47504653 };
	static const long local[] = { EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, BTRFS_SUPER_MAGIC, TMPFS_MAGIC, OVERLAYFS_SUPER_MAGIC,
				      F2FS_SUPER_MAGIC, 0x2fc12fc1, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
		assert_true(medium_type_is_shared(shared[i]));
	for (size_t i = 0; i < sizeof local / sizeof *local; i++)
		assert_false(medium_type_is_shared(local[i]));
}

static void a_type__with_its_sign_extended__is_the_same(void **state)
{
	(void)state;
	/* CIFS has the highest bit of 32 set: statfs may give it as a negative number. */
	assert_true(medium_type_is_shared((long)0xff534d42L));
	assert_true(medium_type_is_shared((long)(int)0xff534d42U));
}

static void a_descriptor__that_is_none__is_an_error(void **state)
{
	struct error err = { 0 };
	CLEANUP(close) int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_refused(medium_is_shared(-1, &err), &err, ERR_SYSTEM, "file system");
	assert_int_equal(medium_is_shared(fd, &err), 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(types__that_other_hosts_see__are_shared),
	cmocka_unit_test(a_type__with_its_sign_extended__is_the_same),
	cmocka_unit_test(a_descriptor__that_is_none__is_an_error),
};

WB_TEST_MAIN(tests)
