/* The files that the policy is made of. */
#include "config.h"

#include "engine/policies.h"

#include <dirent.h>
#include <fcntl.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/str.h"

struct loading {
	const struct policies_options *options;
	struct policy *policy; /* the layer that files go into */
	struct policies *out;
};

void policies_release(struct policies *p)
{
	for (size_t i = 0; i < p->nlayers; i++)
		policy_free(p->layers[i]);
	policy_diags_release(&p->diags);
	words_release(&p->files);
	*p = (struct policies){ 0 };
}

/* What is wrong with a file is a finding, so that the others are looked at too and a run is denied, not lost. */
static void load_file(struct loading *l, const char *path)
{
	bool is_data = str_ends(path, ".json");
	CLEANUP(buf_release) struct buf text = BUF_INIT(is_data ? LIMIT_JSON : LIMIT_CONFIG);
	struct error why = { 0 };

	words_add(&l->out->files, path);
	if ((str_ends(path, ".yaml") || str_ends(path, ".yml")) && error_set(&why, ERR_UNSUPPORTED, "data is not read from YAML") < 0) {
		error_hint(&why, "write it as JSON, into a file that ends in .json");
		policy_diags_add_file(&l->out->diags, path, &why);
		return;
	}
	if (fs_read_file(AT_FDCWD, path, &text, &why) < 0)
		policy_diags_add_file(&l->out->diags, path, &why);
	else if (is_data && policy_add_data(l->policy, path, buf_text(&text), text.len, &why) < 0)
		policy_diags_add_file(&l->out->diags, path, &why);
	else if (!is_data && policy_add_module(l->policy, path, buf_text(&text), text.len, l->options->dialect,
					       &l->out->diags) < 0)
		return; /* said in diags */
}

/* A folder that is not there is fine; one that cannot be looked into is not. */
static int load_dir(struct loading *l, const char *path, struct error *err)
{
	CLEANUP(words_release) struct words names = { 0 };
	CLEANUP(closedir) DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return errno == ENOENT ? 0 : error_sys(err, "%s", path);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' && (str_ends(entry->d_name, ".rego") || str_ends(entry->d_name, ".json")))
			words_add(&names, entry->d_name);
	words_sort(&names);
	for (size_t i = 0; i < names.n; i++) {
		CLEANUP(free) char *file = fs_join(path, names.items[i]);

		load_file(l, file);
	}
	return 0;
}

static void add_layer(struct loading *l)
{
	l->policy = l->out->layers[l->out->nlayers++] = policy_new();
}

static void finish(struct policies *found, const struct policies_options *options, struct policies *out)
{
	const struct policy_check check = { .strict = options->strict };

	/* Without a file that has errors, what needs it would be called wrong too. */
	for (size_t i = 0; i < found->nlayers && !found->diags.errors; i++)
		if (policy_compile(found->layers[i], &check, &found->diags) < 0)
			break; /* said in diags */
	for (; found->diags.errors && found->nlayers; found->nlayers--)
		policy_free(found->layers[found->nlayers - 1]);
	*out = *found;
	*found = (struct policies){ 0 };
}

int policies_of_store(const char *store_path, const struct policies_options *options, struct policies *out,
		      struct error *err)
{
	static const struct policies_options as_a_run = { .dialect = POLICY_AUTO };
	CLEANUP(policies_release) struct policies found = { 0 };
	CLEANUP(free) char *dir = store_path ? fs_join(store_path, "policy") : NULL;
	struct loading l = { .options = options ? options : &as_a_run, .out = &found };

	add_layer(&l);
	if (load_dir(&l, POLICIES_SITE_DIR, err) < 0)
		return error_wrap(err, "policy");
	if (found.files.n && !l.options->joined)
		add_layer(&l);
	if (dir && load_dir(&l, dir, err) < 0)
		return error_wrap(err, "policy");
	finish(&found, l.options, out);
	return 0;
}

int policies_of_paths(const char *const *paths, size_t n, const struct policies_options *options, struct policies *out,
		      struct error *err)
{
	CLEANUP(policies_release) struct policies found = { 0 };
	struct loading l = { .options = options, .out = &found };

	add_layer(&l);
	for (size_t i = 0; i < n; i++) {
		if (!fs_exists(AT_FDCWD, paths[i]))
			return error_set(err, ERR_NOT_FOUND, "%s: no such file", paths[i]);
		if (!fs_is_dir(AT_FDCWD, paths[i]))
			load_file(&l, paths[i]);
		else if (load_dir(&l, paths[i], err) < 0)
			return -1;
	}
	finish(&found, l.options, out);
	return 0;
}
