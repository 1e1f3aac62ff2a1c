/* Private to sandbox/: places in tier 1's new root, which nobody but its maker sees yet. */
#ifndef WB_SANDBOX_NEWROOT_H
#define WB_SANDBOX_NEWROOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/limits.h"

/*
 * The folder of the last place stays open: the plan names neighbours one after another. What is mounted next lies in that
 * folder and never over it, so the descriptor cannot go stale.
 */
struct newroot {
	int fd;                  /* the root; belongs to the caller */
	int folder;              /* -1: none yet */
	char folder_path[LIMIT_PATH];
};

/* The descriptor that is kept; the root's own stays open. */
void newroot_release(struct newroot *r);

/* O_PATH of path below dirfd; resolve is openat2(2)'s. -1 with errno. */
int newroot_openat2(int dirfd, const char *path, uint64_t resolve);

/*
 * The folder that target (absolute) lies in, made where it is missing; no link is followed on the way. *out_name is
 * target's last component. The descriptor stays r's, until the next call with this root.
 */
int newroot_folder(struct newroot *r, const char *target, const char **out_name, struct error *err) WB_MUST_CHECK;

/* target itself, made (a folder, or an empty file when !folder) where it is missing. The caller owns the descriptor. */
int newroot_open(struct newroot *r, const char *target, bool folder, struct error *err) WB_MUST_CHECK;

/* Mounts tree at target, which is made when it is missing. */
int newroot_attach(struct newroot *r, int tree, const char *target, bool folder, struct error *err) WB_MUST_CHECK;

/* Fail where something is already. */
int newroot_symlink(struct newroot *r, const char *text, const char *target, struct error *err) WB_MUST_CHECK;
int newroot_file(struct newroot *r, const char *text, const char *target, struct error *err) WB_MUST_CHECK;

#endif
