/* Opening a store for use, and where the project is. */
#include "config.h"

#include "engine/engine.h"
#include "engine/settle.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/policy_set.h"
#include "engine/project.h"
#include "policy/policy.h"
#include "store/store.h"
#include "tracker/tracker.h"

enum { SYNC_WAIT_MS = 50 };

struct engine {
	struct clock clock;
	char *dir;
	char *project_dir;
	enum store_found found;
	struct store *store;
	struct tracker *tracker;
	const char *gpu_root;
	const char *gpu_leases;
};

static const char config_text[] =
	"# Settings of this store; `wb config` lists them all with where each value came from.\n";

static int write_new(int dirfd, const char *path, const char *text, struct error *err)
{
	return fs_exists(dirfd, path) ? 0 : fs_write_atomic(dirfd, path, text, strlen(text), 0600, err);
}

static int write_policy(int dirfd, const struct policy_files *files, struct error *err)
{
	for (size_t i = 0; i < files->n; i++) {
		CLEANUP(free) char *path = fs_join("policy", files->items[i].path);
		CLEANUP(free) char *folder = mem_strndup(path, (size_t)(strrchr(path, '/') - path));

		if (fs_mkdir_p(dirfd, folder, 0700, err) < 0 || write_new(dirfd, path, files->items[i].text, err) < 0)
			return -1;
	}
	return 0;
}

/* A store as wb makes it: folders, settings, a policy. What is there already stays. */
static int make_store(const char *path, const struct policy_files *policy, struct error *err)
{
	CLEANUP(close) int fd = -1;

	if (store_init(path, err) < 0)
		return -1;
	fd = fs_open_dir(AT_FDCWD, path, err);
	if (fd < 0 || write_policy(fd, policy, err) < 0)
		return -1;
	return write_new(fd, "config.yaml", config_text, err);
}

/* With the commented policy. */
static int make_starter_store(const char *path, struct error *err)
{
	CLEANUP(policy_files_release) struct policy_files policy = { 0 };
	const char *text = policy_starter_text();

	policy_files_add(&policy, "starter.rego", POLICY_FILE_REGO, text, strlen(text));
	return make_store(path, &policy, err);
}

int engine_init(const char *dir, const char *policy_set, struct error *err)
{
	CLEANUP(policy_files_release) struct policy_files policy = { 0 };
	CLEANUP(free) char *path = fs_join(dir, ".wb");

	if (!policy_set)
		return make_starter_store(path, err);
	/* Before anything is made: a store without its policy refuses nothing. */
	return policy_set_load(policy_set, &policy, err) < 0 ? -1 : make_store(path, &policy, err);
}

static int open_dir(struct engine *e, const char *dir, struct error *err)
{
	if (fs_realpath(dir ? dir : ".", &e->dir, err) < 0) {
		if (!dir && err->sys == ENOENT)
			return error_set(err, ERR_NOT_FOUND, "the folder you are in was removed");
		return -1;
	}
	if (!fs_is_dir(AT_FDCWD, e->dir))
		return error_set(err, ERR_INVALID, "%s is not a folder", dir);
	return 0;
}

int engine_open(const struct engine_options *options, struct engine **out, struct error *err)
{
	CLEANUP(engine_close) struct engine *e = mem_zalloc(sizeof *e);
	CLEANUP(free) char *path = NULL;
	int found;

	e->clock = options->clock ? *options->clock : clock_system;
	e->gpu_root = options->gpu_root;
	e->gpu_leases = options->gpu_leases;
	if (open_dir(e, options->dir, err) < 0)
		return -1;
	found = store_locate(options->store, e->dir, &path, err);
	if (found < 0)
		return -1;
	e->found = (enum store_found)found;
	/* Only the user's own default place is made unasked: a mistyped --store must not become a new, empty store. */
	if (options->create && (e->found == STORE_BY_USER || e->found == STORE_BY_ENVIRONMENT) && !store_exists(path) &&
	    make_starter_store(path, err) < 0)
		return -1;
	if (store_open(path, &e->store, err) < 0)
		return -1;
	*out = take_ptr(&e);
	return 0;
}

void engine_close(struct engine *e)
{
	if (!e)
		return;
	tracker_close(e->tracker);
	store_close(e->store);
	free(e->dir);
	free(e->project_dir);
	free(e);
}

const char *engine_gpu_root(const struct engine *e)
{
	return e->gpu_root;
}

const char *engine_gpu_leases(const struct engine *e)
{
	return e->gpu_leases;
}

struct store *engine_store(struct engine *e)
{
	return e->store;
}

int engine_tracker(struct engine *e, struct tracker **out, struct error *err)
{
	struct tracker_synced synced = { 0 };

	if (!e->tracker) {
		if (tracker_open(store_path(e->store), &e->tracker, err) < 0)
			return -1;
		if (tracker_sync(e->tracker, SYNC_WAIT_MS, &synced, err) < 0)
			return -1;
		settle_lost(e->store, e->tracker, &synced);
	}
	*out = e->tracker;
	return 0;
}

const struct clock *engine_clock(const struct engine *e)
{
	return &e->clock;
}

const char *engine_dir(const struct engine *e)
{
	return e->dir;
}

/* The nearest folder at or above dir that has an entry called name; heap text or NULL. */
static char *find_above(const char *dir, const char *name)
{
	CLEANUP(free) char *at = mem_strdup(dir);

	for (;;) {
		CLEANUP(free) char *candidate = fs_join(at, name);
		char *slash;

		if (fs_exists(AT_FDCWD, candidate))
			return mem_strdup(*at ? at : "/");
		slash = strrchr(at, '/');
		if (!slash || slash == at)
			return NULL;
		*slash = '\0';
	}
}

/* A whole home folder, everybody's scratch or a file system is never what somebody means by "the project". */
static bool is_too_broad(const char *dir)
{
	static const char *const shared[] = { "/", "/home", "/tmp", "/var/tmp", "/dev/shm" };
	const char *home = getenv("HOME");
	CLEANUP(free) char *real = home ? realpath(home, NULL) : NULL;

	for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++)
		if (str_eq(dir, shared[i]))
			return true;
	return real && str_eq(dir, real);
}

int engine_project_dir(struct engine *e, const char **out, struct error *err)
{
	if (!e->project_dir) {
		CLEANUP(free) char *root = e->found == STORE_BY_PROJECT ? find_above(e->dir, ".wb") : NULL;

		if (!root || is_too_broad(root)) {
			free(root);
			root = find_above(e->dir, PROJECT_FILE);
		}
		if (!root || is_too_broad(root)) {
			free(root);
			root = find_above(e->dir, ".git");
		}
		if (!root || is_too_broad(root)) {
			free(root);
			root = mem_strdup(e->dir);
		}
		if (is_too_broad(root)) {
			error_set(err, ERR_INVALID, "%s is too broad to be a project: all of it would be frozen", root);
			return error_hint(err, "change into a folder of its own; `wb init` there makes it the project");
		}
		e->project_dir = take_ptr(&root);
	}
	*out = e->project_dir;
	return 0;
}
