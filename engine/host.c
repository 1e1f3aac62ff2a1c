/* Facts about this machine. */
#include "config.h"

#include "engine/host.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/jval.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "sandbox/probe.h"
#include "sandbox/scope.h"

#define TIER_FILE "scan/tier"

struct host_text host_name(void)
{
	struct host_text name = { "unknown" };
	struct utsname uts;

	if (uname(&uts) == 0)
		snprintf(name.text, sizeof name.text, "%s", uts.nodename);
	return name;
}

struct host_text host_user_name(void)
{
	const struct passwd *pw = getpwuid(getuid());
	struct host_text name;

	if (pw)
		snprintf(name.text, sizeof name.text, "%s", pw->pw_name);
	else
		snprintf(name.text, sizeof name.text, "%u", (unsigned)getuid());
	return name;
}

/* What the finding holds for: this boot of this kernel, this user. */
static void finding_key(struct buf *out)
{
	CLEANUP(buf_release) struct buf boot = BUF_INIT(128);
	struct error ignored = { 0 };

	if (fs_read_file(AT_FDCWD, "/proc/sys/kernel/random/boot_id", &boot, &ignored) < 0)
		buf_clear(&boot);
	buf_append(out, buf_text(&boot), strcspn(buf_text(&boot), "\n"));
	buf_printf(out, ":%u:%s", (unsigned)getuid(), host_name().text);
}

static bool load_finding(struct store *store, const char *key, struct host_sandbox *out)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_KIB * 16);
	CLEANUP(jval_free) struct jval *v = NULL;
	struct error ignored = { 0 };

	if (fs_read_file(store_dirfd(store), TIER_FILE, &text, &ignored) < 0 ||
	    jval_parse(buf_text(&text), text.len, &v, &ignored) < 0 || !str_eq(jval_get_text(v, "key"), key))
		return false;
	*out = (struct host_sandbox){
		.tier = (int)jval_get_int(v, "tier", 0),
		.overlay = jval_get_bool(v, "overlay", false),
	};
	snprintf(out->reason, sizeof out->reason, "%s", jval_get_text(v, "reason") ? jval_get_text(v, "reason") : "");
	return true;
}

static void save_finding(struct store *store, const char *key, const struct host_sandbox *found)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_KIB * 16);
	CLEANUP(jval_free) struct jval *v = jval_object();
	struct error ignored = { 0 };

	jval_set_text(v, "key", key);
	jval_set_int(v, "tier", found->tier);
	jval_set_bool(v, "overlay", found->overlay);
	jval_set_text(v, "reason", found->reason);
	jval_format(v, JVAL_COMPACT, &text);
	/* Without it the next run tries again, that is all. */
	if (fs_mkdir_p(store_dirfd(store), "scan", 0700, &ignored) < 0 ||
	    fs_write_atomic(store_dirfd(store), TIER_FILE, text.data, text.len, 0600, &ignored) < 0)
		return;
}

int host_sandbox_find(struct store *store, struct host_sandbox *out, struct error *err)
{
	CLEANUP(buf_release) struct buf key = BUF_INIT(512);
	CLEANUP(buf_release) struct buf reason = BUF_INIT(LIMIT_KIB);
	struct sandbox_caps caps;

	finding_key(&key);
	if (load_finding(store, buf_text(&key), out))
		return 0;
	if (sandbox_probe(&caps, err) < 0)
		return -1;
	*out = (struct host_sandbox){ .tier = sandbox_caps_tier(&caps), .overlay = caps.layers[LAYER_OVERLAY].ok };
	sandbox_caps_reason(&caps, &reason);
	snprintf(out->reason, sizeof out->reason, "%s", buf_text(&reason));
	/* A machine without a tier may be mended any minute: only good news is kept. */
	if (out->tier)
		save_finding(store, buf_text(&key), out);
	return 0;
}

void host_sandbox_forget(struct store *store)
{
	unlinkat(store_dirfd(store), TIER_FILE, 0);
}

int host_find_part(const char *name, char **out, struct error *err)
{
	static const char *const installed[] = { WB_LIBEXECDIR, WB_DATADIR };
	CLEANUP(free) char *dir = NULL;
	CLEANUP(free) char *path = NULL;

	if (fs_program_dir(&dir, err) < 0)
		return -1;
	path = fs_join(dir, name);
	for (size_t i = 0; i < 2 && !fs_exists(AT_FDCWD, path); i++) {
		free(path);
		path = fs_join(installed[i], name);
	}
	if (!fs_exists(AT_FDCWD, path)) {
		error_set(err, ERR_NOT_FOUND, "wb's own '%s' is neither in %s nor in %s", name, dir, WB_LIBEXECDIR);
		return error_hint(err, "the installation is incomplete: run `make` or `make install` again");
	}
	*out = take_ptr(&path);
	return 0;
}

int host_scope_find(char **out_helper, char **out_socket, struct error *why)
{
	CLEANUP(free) char *socket = NULL;

#ifndef HAVE_LIBSYSTEMD
	error_set(why, ERR_UNSUPPORTED, "this wb was built without libsystemd, and cannot ask systemd for a scope");
	return 0;
#endif
	if (scope_socket_find(&socket, why) != 1 || host_find_part("wb-scope", out_helper, why) < 0)
		return 0;
	*out_socket = take_ptr(&socket);
	return 1;
}
