/* Landlock's versions; the numbers are the kernel's ABI, as older headers lack the newest of them. */
#include "config.h"

#include "sandbox/landlock_abi.h"

enum {
	FS_ALL_V1 = (1 << 13) - 1,
	FS_REFER = 1 << 13,     /* ABI 2 */
	FS_TRUNCATE = 1 << 14,  /* ABI 3 */
	FS_IOCTL_DEV = 1 << 15, /* ABI 5 */
	NET_ALL = 3,            /* ABI 4: bind and connect of TCP */
	SCOPE_ALL = 3,          /* ABI 6: abstract unix sockets, signals */
};

static const struct landlock_right rights[] = {
	{ 1, "files", "reading, writing and running files outside the listed folders", NULL },
	{ 2, "refer", "moving files between folders", "no file can be moved or linked into another folder" },
	{ 3, "truncate", "emptying files outside the listed folders", NULL },
	{ 4, "tcp", "TCP ports", "the call filter lets no TCP socket be made in tier 2" },
	{ 5, "ioctl", "commands to devices", "the only devices that can be opened are null, zero, full, random and urandom" },
	{ 6, "signals", "signals to processes outside", "the supervisor sends them itself, to the run's own processes only" },
	{ 6, "abstract", "abstract unix sockets outside", "the supervisor connects itself, to sockets of the run only" },
};

const struct landlock_right *landlock_right_at(unsigned i)
{
	return i < sizeof rights / sizeof *rights ? &rights[i] : NULL;
}

struct landlock_rules landlock_rules_for(int abi, int tier)
{
	struct landlock_rules r = { .fs = FS_ALL_V1, .size = sizeof r.fs };

	if (abi < 1 || tier == 3)
		return (struct landlock_rules){ 0 };
	if (abi >= 2)
		r.fs |= FS_REFER;
	if (abi >= 3)
		r.fs |= FS_TRUNCATE;
	if (abi >= 4) {
		r.size = offsetof(struct landlock_rules, scoped);
		/* Tier 1 has a network of its own, which the run may use as it likes. */
		r.net = tier == 2 ? NET_ALL : 0;
	}
	if (abi >= 5)
		r.fs |= FS_IOCTL_DEV;
	if (abi >= 6) {
		r.size = offsetof(struct landlock_rules, size);
		r.scoped = SCOPE_ALL;
	}
	return r;
}
