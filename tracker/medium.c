/* Telling network file systems from local ones by statfs(2). */
#include "config.h"

#include "tracker/medium.h"

#include <stddef.h>
#include <sys/vfs.h>

/* Numbers from linux/magic.h and the file systems' own sources. FUSE may be anything (sshfs): it counts as shared. */
static const unsigned long shared_types[] = {
	0x6969,     /* NFS */
	0xff534d42, /* CIFS */
	0xfe534d42, /* SMB2 */
	0x517b,     /* SMB */
	0x0bd00bd0, /* Lustre */
	0x47504653, /* GPFS */
	0x00c36400, /* CephFS */
	0x65735546, /* FUSE */
	0x5346414f, /* AFS */
	0x6b414653, /* kAFS */
	0x01021997, /* 9p */
	0x19830326, /* BeeGFS */
	0xaad7aaea, /* PanFS */
	0x7461636f, /* OCFS2 */
	0x01161970, /* GFS2 */
	0x73757245, /* Coda */
};

bool medium_type_is_shared(long f_type)
{
	for (size_t i = 0; i < sizeof shared_types / sizeof *shared_types; i++) {
		if (((unsigned long)f_type & 0xffffffffUL) == shared_types[i])
			return true;
	}
	return false;
}

int medium_is_shared(int fd, struct error *err)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) != 0)
		return error_sys(err, "the file system of the store");
	return medium_type_is_shared((long)fs.f_type);
}
