/*
 * Settings: what `wb` does when a command line leaves it open. Built in, then
 * the user's config.yaml, then the store's; later ones win. A file is YAML of
 * two levels:
 *
 *     run:
 *       experiment: digits
 *       memory: 4G
 *     ui:
 *       color: auto
 *
 * Unknown keys and values of the wrong kind are errors that name file and line.
 */
#ifndef WB_ENGINE_SETTINGS_H
#define WB_ENGINE_SETTINGS_H

#include "base/cleanup.h"
#include "base/error.h"

struct run_spec;
struct settings;

enum setting_kind { SETTING_TEXT, SETTING_CHOICE, SETTING_NUMBER, SETTING_COUNT, SETTING_SIZE, SETTING_DURATION, SETTING_PROXY };

struct setting_key {
	const char *name;    /* "run.memory"; NULL ends the table */
	enum setting_kind kind;
	const char *choices; /* SETTING_CHOICE: "auto|always|never" */
	const char *builtin; /* NULL: none */
	const char *help;
};

extern const struct setting_key setting_keys[];

/* NULL when there is no such key. */
const struct setting_key *setting_find(const char *name);

/* ERR_NOT_FOUND with the nearest key as hint. */
int setting_unknown(const char *name, struct error *err) WB_MUST_CHECK;

/* Reads the files that exist. store_path may be NULL: no store. */
int settings_load(const char *store_path, struct settings **out, struct error *err) WB_MUST_CHECK;
void settings_free(struct settings *s);
DEFINE_CLEANUP(settings_free, struct settings *);

/* The value in force (NULL: not set), and where it comes from: "FILE:LINE", or "built in". Borrowed. */
const char *settings_get(const struct settings *s, const char *name);
const char *settings_origin(const struct settings *s, const char *name);

/* Fills what the spec leaves open. ERR_DENIED when it asks for a weaker tier than run.tier_min allows. */
int settings_apply(const struct settings *s, struct run_spec *spec, struct error *err) WB_MUST_CHECK;

/* Writes one value into the store's config.yaml, keeping its comments and order. */
int settings_save(const char *store_path, const char *name, const char *value, struct error *err) WB_MUST_CHECK;

/* Takes a setting out of that file: 1, or 0 where the file does not have it. */
int settings_unset(const char *store_path, const char *name, struct error *err) WB_MUST_CHECK;

#endif
