/* The typed contract: what a policy may rely on in its input. The tables below are its definition. */
#include "config.h"

#include "policy/contract.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/jval.h"
#include "base/limits.h"
#include "base/str.h"

enum kind {
	KIND_TEXT,
	KIND_INT,    /* a whole number, 0 or more */
	KIND_NUMBER, /* 0 or more */
	KIND_BOOL,
	KIND_TEXTS,  /* list of texts */
	KIND_TAGS,   /* list of canonical tags */
	KIND_MAP,    /* object whose values are texts */
	KIND_OBJECT, /* object of fields */
	KIND_LIST,   /* list of objects of fields */
	KIND_OBJECTS, /* object of objects of fields */
};

struct contract_part {
	const char *name;
	enum kind kind;
	bool of_run;                /* needed only where the action is run.start */
	const char *action;         /* with optional: there where the action is this one; NULL: any */
	bool optional;              /* came later than schema 1: older questions lack it */
	const struct contract_part *fields; /* ends with a name of NULL */
	const char *about;          /* for people */
};

static const struct contract_part time_fields[] = {
	{ .name = "ns", .kind = KIND_INT, .about = "nanoseconds since 1970, UTC" },
	{ .name = "rfc3339", .kind = KIND_TEXT, .about = "the same as 2026-11-21T09:30:00Z" },
	{ .name = "weekday", .kind = KIND_TEXT, .about = "Monday to Sunday, where this machine stands" },
	{ .name = "hour", .kind = KIND_INT, .about = "0 to 23, where this machine stands" },
	{ .name = NULL },
};

static const struct contract_part user_fields[] = {
	{ .name = "name", .kind = KIND_TEXT, .about = "who starts it" },
	{ .name = "uid", .kind = KIND_INT, .about = "their number" },
	{ .name = "groups", .kind = KIND_TEXTS, .about = "the groups they are in" },
	{ .name = NULL },
};

static const struct contract_part host_fields[] = {
	{ .name = "name", .kind = KIND_TEXT, .about = "this machine" },
	{ .name = "gpus", .kind = KIND_INT, .about = "how many it has" },
	{ .name = NULL },
};

static const struct contract_part run_fields[] = {
	{ .name = "name", .kind = KIND_TEXT, .about = "as given with --name, or empty" },
	{ .name = "tags", .kind = KIND_MAP, .about = "as given with --tag or in wb.yaml" },
	{ .name = NULL },
};

static const struct contract_part resource_fields[] = {
	{ .name = "gpus", .kind = KIND_INT, .about = "asked for with --gpus" },
	{ .name = "cpus", .kind = KIND_NUMBER, .about = "0: no limit" },
	{ .name = "memory_bytes", .kind = KIND_INT, .about = "0: no limit" },
	{ .name = "disk_bytes", .kind = KIND_INT, .about = "0: no limit" },
	{ .name = "wall_seconds", .kind = KIND_NUMBER, .about = "0: no limit" },
	{ .name = NULL },
};

static const struct contract_part data_fields[] = {
	{ .name = "name", .kind = KIND_TEXT, .about = "of the input" },
	{ .name = "path", .kind = KIND_TEXT, .about = "as given" },
	{ .name = "sha256", .kind = KIND_TEXT, .about = "of its bytes" },
	{ .name = "bytes", .kind = KIND_INT, .about = "how many" },
	{ .name = "tags", .kind = KIND_TAGS, .about = "such as PII, from the HDF5 attribute wb.tags" },
	{ .name = "tag_sources", .kind = KIND_MAP, .about = "where each tag comes from" },
	{ .name = "age_days", .kind = KIND_NUMBER, .about = "since it was last changed" },
	{ .name = NULL },
};

static const struct contract_part network_fields[] = {
	{ .name = "host", .kind = KIND_TEXT, .about = "asked for with --net, in lower case; *.DOMAIN for all below it" },
	{ .name = "port", .kind = KIND_INT, .about = "443 and 80, each once, where none was given" },
	{ .name = NULL },
};

static const struct contract_part code_fields[] = {
	{ .name = "tree", .kind = KIND_TEXT, .about = "the frozen code" },
	{ .name = "commit", .kind = KIND_TEXT, .about = "of git, or empty" },
	{ .name = "branch", .kind = KIND_TEXT, .about = "of git, or empty" },
	{ .name = "dirty", .kind = KIND_BOOL, .about = "the code differs from the commit, or that is not known" },
	{ .name = "remote", .kind = KIND_TEXT, .about = "of git, or empty" },
	{ .name = NULL },
};

static const struct contract_part sandbox_fields[] = {
	{ .name = "tier", .kind = KIND_INT, .about = "1 is the strongest" },
	{ .name = "layers", .kind = KIND_TEXTS, .about = "what confines the run" },
	{ .name = "profile", .kind = KIND_TEXT, .optional = true, .about = "its call filter: ml, compat, or a user's own" },
	{ .name = "diode", .kind = KIND_BOOL, .optional = true, .about = "only metrics leave it: --diode" },
	{ .name = "diode_out", .kind = KIND_INT, .optional = true, .about = "bytes of output that leave it: --diode-out" },
	{ .name = "tty", .kind = KIND_BOOL, .optional = true, .about = "a person sits at it: --tty, wb shell" },
	{ .name = NULL },
};

static const struct contract_part approval_fields[] = {
	{ .name = "subject", .kind = KIND_TEXT, .about = "the name or digest of an input, or what else was approved" },
	{ .name = "kind", .kind = KIND_TEXT, .about = "of what it is" },
	{ .name = "by", .kind = KIND_TEXT, .about = "who approved" },
	{ .name = "reason", .kind = KIND_TEXT, .about = "why" },
	{ .name = "at_ns", .kind = KIND_INT, .about = "when, in nanoseconds since 1970" },
	{ .name = NULL },
};

static const struct contract_part usage_fields[] = {
	{ .name = "user_gpus", .kind = KIND_INT, .about = "in use by this user" },
	{ .name = "experiment_gpus", .kind = KIND_INT, .about = "in use by this experiment" },
	{ .name = NULL },
};

static const struct contract_part gate_fields[] = {
	{ .name = "passed", .kind = KIND_BOOL, .about = "whether it was" },
	{ .name = "value", .kind = KIND_NUMBER, .about = "what was measured" },
	{ .name = "artifact_sha256", .kind = KIND_TEXT, .about = "on which bytes" },
	{ .name = NULL },
};

static const struct contract_part promoted_fields[] = {
	{ .name = "sha256", .kind = KIND_TEXT, .about = "of the model's bytes" },
	{ .name = NULL },
};

static const struct contract_part leaving_fields[] = {
	{ .name = "path", .kind = KIND_TEXT, .about = "which it is" },
	{ .name = "sha256", .kind = KIND_TEXT, .about = "of its bytes" },
	{ .name = "encrypted", .kind = KIND_BOOL, .about = "whether it is" },
	{ .name = "signed_by", .kind = KIND_TEXT, .about = "who signed it, or empty" },
	{ .name = "destination", .kind = KIND_TEXT, .about = "where it goes" },
	{ .name = NULL },
};

static const struct contract_part input_fields[] = {
	{ .name = "schema", .kind = KIND_INT, .about = "1" },
	{ .name = "action", .kind = KIND_TEXT, .about = "what is asked: run.start, model.promote, secret.read or data.export" },
	{ .name = "time", .kind = KIND_OBJECT, .fields = time_fields, .about = "now" },
	{ .name = "user", .kind = KIND_OBJECT, .fields = user_fields, .about = "who asks" },
	{ .name = "host", .kind = KIND_OBJECT, .of_run = true, .fields = host_fields, .about = "where" },
	{ .name = "experiment", .kind = KIND_TEXT, .of_run = true, .about = "name of the experiment" },
	{ .name = "run", .kind = KIND_OBJECT, .of_run = true, .fields = run_fields, .about = "the run itself" },
	{ .name = "command", .kind = KIND_TEXTS, .of_run = true, .about = "its words, params put in" },
	{ .name = "params", .kind = KIND_MAP, .of_run = true, .about = "param to value" },
	{ .name = "resources", .kind = KIND_OBJECT, .of_run = true, .fields = resource_fields, .about = "what it asks for" },
	{ .name = "data", .kind = KIND_LIST, .of_run = true, .fields = data_fields, .about = "its inputs" },
	{ .name = "network", .kind = KIND_LIST, .of_run = true, .fields = network_fields, .about = "where it wants to connect to" },
	{ .name = "secrets", .kind = KIND_TEXTS, .of_run = true, .about = "names of the secrets it wants" },
	{ .name = "code", .kind = KIND_OBJECT, .of_run = true, .fields = code_fields, .about = "what it runs" },
	{ .name = "sandbox", .kind = KIND_OBJECT, .of_run = true, .fields = sandbox_fields, .about = "how it would be confined" },
	{ .name = "approvals", .kind = KIND_LIST, .of_run = true, .fields = approval_fields, .about = "what others have approved" },
	{ .name = "usage", .kind = KIND_OBJECT, .of_run = true, .fields = usage_fields, .about = "what is in use already" },
	{ .name = "gates", .kind = KIND_OBJECTS, .optional = true, .action = "model.promote", .fields = gate_fields, .about = "measured of the model, by name" },
	{ .name = "artifact", .kind = KIND_OBJECT, .optional = true, .action = "model.promote", .fields = promoted_fields, .about = "what is promoted" },
	{ .name = "artifacts", .kind = KIND_LIST, .optional = true, .action = "data.export", .fields = leaving_fields, .about = "what leaves" },
	{ .name = NULL },
};

static const char *const actions[] = { "run.start", "model.promote", "secret.read", "data.export" };

/* Tags that people mean when they write something near. Any other canonical tag is as good. */
static const char *const common_tags[] = {
	"PII", "PHI", "PCI", "CONFIDENTIAL", "INTERNAL", "PUBLIC", "RESTRICTED", "SECRET", "SENSITIVE", "SYNTHETIC",
};

/* --- tags --- */

static bool is_canonical(const char *tag)
{
	if (*tag < 'A' || *tag > 'Z')
		return false;
	for (; *tag; tag++)
		if (!(*tag >= 'A' && *tag <= 'Z') && !(*tag >= '0' && *tag <= '9') && *tag != '_' && *tag != '-')
			return false;
	return true;
}

bool policy_tag_is_canonical(const char *tag, const char **out_nearest)
{
	char letters[64];
	size_t n = 0;

	*out_nearest = NULL;
	if (is_canonical(tag))
		return true;
	/* "pii", " PII", "p.i.i." and "Pii-" all mean PII. */
	for (const char *p = tag; *p && n < sizeof letters - 1; p++)
		if (isalnum((unsigned char)*p))
			letters[n++] = (char)toupper((unsigned char)*p);
	letters[n] = '\0';
	if (n)
		*out_nearest = str_nearest(letters, common_tags, sizeof common_tags / sizeof *common_tags);
	return false;
}

/* --- the description --- */

/* What a policy finds at the top where it is asked about one thing at a time. */
static const char *const thing_fields[] = {
	"resource", "requested", "tag", "name", "path", "sha256", "bytes", "tags", "tag_sources", "age_days", "port",
};

static const struct contract_part input_part = { .name = "input", .kind = KIND_OBJECT, .fields = input_fields };

const struct contract_part *contract_input(void)
{
	return &input_part;
}

static const struct contract_part *field_find(const struct contract_part *fields, const char *name)
{
	for (; fields->name; fields++)
		if (str_eq(fields->name, name))
			return fields;
	return NULL;
}

/* What a name promises that is one thing in an input as a whole, and another about one thing. */
static bool is_ambiguous(const struct contract_part *part)
{
	return part->fields == host_fields;
}

bool contract_member(const struct contract_part *of, const char *name, const struct contract_part **out,
		     const char **out_nearest)
{
	const char *names[sizeof input_fields / sizeof *input_fields];
	const struct contract_part *part;
	size_t n = 0;

	*out = NULL;
	*out_nearest = NULL;
	if (!of || of->kind != KIND_OBJECT)
		return !of || of->kind == KIND_MAP || of->kind == KIND_OBJECTS;
	part = field_find(of->fields, name);
	if (part) {
		*out = is_ambiguous(part) ? NULL : part;
		return true;
	}
	for (size_t i = 0; of == &input_part && i < sizeof thing_fields / sizeof *thing_fields; i++)
		if (str_eq(thing_fields[i], name))
			return true;
	for (const struct contract_part *f = of->fields; f->name; f++)
		names[n++] = f->name;
	*out_nearest = str_nearest(name, names, n);
	return false;
}

static const struct contract_part elements[] = {
	{ .name = "data[_]", .kind = KIND_OBJECT, .fields = data_fields },
	{ .name = "network[_]", .kind = KIND_OBJECT, .fields = network_fields },
	{ .name = "approvals[_]", .kind = KIND_OBJECT, .fields = approval_fields },
	{ .name = "artifacts[_]", .kind = KIND_OBJECT, .fields = leaving_fields },
};

const struct contract_part *contract_element(const struct contract_part *of)
{
	for (size_t i = 0; of && of->kind == KIND_LIST && i < sizeof elements / sizeof *elements; i++)
		if (elements[i].fields == of->fields)
			return &elements[i];
	return NULL;
}

static const char *kind_name(enum kind kind)
{
	switch (kind) {
	case KIND_TEXT: return "text";
	case KIND_INT: return "whole number";
	case KIND_NUMBER: return "number";
	case KIND_BOOL: return "true or false";
	case KIND_TEXTS: return "list of texts";
	case KIND_TAGS: return "list of tags";
	case KIND_MAP: return "texts by name";
	case KIND_OBJECT: return "object";
	case KIND_LIST: return "list of objects";
	case KIND_OBJECTS: return "objects by name";
	}
	return "";
}

static void each_field(const struct contract_part *fields, const char *prefix, const struct contract_field *above,
		       contract_fn *fn, void *data)
{
	for (const struct contract_part *f = fields; f->name; f++) {
		CLEANUP(buf_release) struct buf path = BUF_INIT(LIMIT_EVENT_KEY);
		struct contract_field field = { .type = kind_name(f->kind), .about = f->about };

		field.of_run = above->of_run || f->of_run;
		field.action = above->action ? above->action : f->action;

		buf_printf(&path, "%s.%s", prefix, f->name);
		field.path = buf_text(&path);
		fn(data, &field);
		if (f->kind == KIND_LIST || f->kind == KIND_OBJECTS)
			buf_puts(&path, "[_]");
		if (f->fields)
			each_field(f->fields, buf_text(&path), &field, fn, data);
	}
}

void contract_each(contract_fn *fn, void *data)
{
	const struct contract_field none = { 0 };

	each_field(input_fields, input_part.name, &none, fn, data);
}

/* --- the walk --- */

struct walk {
	struct buf path; /* of the value under check: "data[0].tags" */
	bool any_action;
	struct error *err;
};

static void walk_release(struct walk *w)
{
	buf_release(&w->path);
}
DEFINE_CLEANUP_VALUE(walk_release, struct walk);

static int check_fields(struct walk *w, const struct jval *v, const struct contract_part *fields);

static size_t enter_key(struct walk *w, const char *key)
{
	size_t len = w->path.len;

	buf_printf(&w->path, "%s%s", len ? "." : "", key);
	return len;
}

static size_t enter_index(struct walk *w, size_t i)
{
	size_t len = w->path.len;

	buf_printf(&w->path, "[%zu]", i);
	return len;
}

static const char *type_name(const struct jval *v)
{
	switch (jval_type(v)) {
	case JVAL_NULL: return "null";
	case JVAL_BOOL: return "true or false";
	case JVAL_INT: return "a whole number";
	case JVAL_REAL: return "a number with a fraction";
	case JVAL_STRING: return "a text";
	case JVAL_ARRAY: return "a list";
	case JVAL_OBJECT: return "an object";
	case JVAL_NONE: break;
	}
	return "nothing";
}

static int wrong_type(struct walk *w, const struct jval *v, const char *want)
{
	return error_set(w->err, ERR_INVALID, "%s must be %s, not %s", *buf_text(&w->path) ? buf_text(&w->path) : "the input",
			 want, type_name(v));
}

/* Where nothing else is asked of a value: no null at any depth. */
static int check_unknown(struct walk *w, const struct jval *v)
{
	const struct jval *member;
	const char *key;
	void *it = NULL;
	int rc = 0;

	if (jval_type(v) == JVAL_NULL) {
		error_set(w->err, ERR_INVALID, "%s is null", buf_text(&w->path));
		return error_hint(w->err, "leave the field out: null compares as less than every number");
	}
	while (jval_type(v) == JVAL_OBJECT && rc == 0 && (it = jval_next(v, it, &key, &member))) {
		size_t len = enter_key(w, key);

		rc = check_unknown(w, member);
		buf_truncate(&w->path, len);
	}
	for (size_t i = 0; jval_type(v) == JVAL_ARRAY && rc == 0 && i < jval_count(v); i++) {
		size_t len = enter_index(w, i);

		rc = check_unknown(w, jval_at(v, i));
		buf_truncate(&w->path, len);
	}
	return rc;
}

static int check_number(struct walk *w, const struct jval *v, bool whole)
{
	if (!(jval_type(v) == JVAL_INT || (!whole && jval_type(v) == JVAL_REAL)))
		return wrong_type(w, v, whole ? "a whole number" : "a number");
	if (jval_num(v, 0) >= 0)
		return 0;
	if (jval_type(v) == JVAL_INT)
		return error_set(w->err, ERR_INVALID, "%s is negative: %" PRId64, buf_text(&w->path), jval_int(v, 0));
	return error_set(w->err, ERR_INVALID, "%s is negative: %g", buf_text(&w->path), jval_num(v, 0));
}

static int check_tag(struct walk *w, const struct jval *v)
{
	const char *nearest;

	if (!jval_text(v))
		return wrong_type(w, v, "a text");
	if (policy_tag_is_canonical(jval_text(v), &nearest))
		return 0;
	error_set(w->err, ERR_INVALID, "%s: '%s' is not how a tag is written", buf_text(&w->path), jval_text(v));
	if (nearest)
		return error_hint(w->err, "did you mean %s?", nearest);
	return error_hint(w->err, "capital letters, digits, '-' and '_', beginning with a letter: PII, PHI, LICENCE-X");
}

static int check_list(struct walk *w, const struct jval *v, const struct contract_part *f)
{
	int rc = 0;

	if (jval_type(v) != JVAL_ARRAY)
		return wrong_type(w, v, "a list");
	for (size_t i = 0; rc == 0 && i < jval_count(v); i++) {
		const struct jval *item = jval_at(v, i);
		size_t len = enter_index(w, i);

		if (f->kind == KIND_LIST)
			rc = check_fields(w, item, f->fields);
		else if (f->kind == KIND_TAGS)
			rc = check_tag(w, item);
		else if (!jval_text(item))
			rc = wrong_type(w, item, "a text");
		buf_truncate(&w->path, len);
	}
	return rc;
}

static int check_map(struct walk *w, const struct jval *v)
{
	const struct jval *member;
	const char *key;
	void *it = NULL;

	if (jval_type(v) != JVAL_OBJECT)
		return wrong_type(w, v, "an object");
	while ((it = jval_next(v, it, &key, &member))) {
		if (jval_text(member))
			continue;
		enter_key(w, key);
		return wrong_type(w, member, "a text");
	}
	return 0;
}

static int check_objects(struct walk *w, const struct jval *v, const struct contract_part *fields)
{
	const struct jval *member;
	const char *key;
	void *it = NULL;
	int rc = 0;

	if (jval_type(v) != JVAL_OBJECT)
		return wrong_type(w, v, "an object");
	while (rc == 0 && (it = jval_next(v, it, &key, &member))) {
		size_t len = enter_key(w, key);

		rc = check_fields(w, member, fields);
		buf_truncate(&w->path, len);
	}
	return rc;
}

static int check_value(struct walk *w, const struct jval *v, const struct contract_part *f)
{
	switch (f->kind) {
	case KIND_TEXT: return jval_text(v) ? 0 : wrong_type(w, v, "a text");
	case KIND_INT: return check_number(w, v, true);
	case KIND_NUMBER: return check_number(w, v, false);
	case KIND_BOOL: return jval_type(v) == JVAL_BOOL ? 0 : wrong_type(w, v, "true or false");
	case KIND_TEXTS:
	case KIND_TAGS:
	case KIND_LIST: return check_list(w, v, f);
	case KIND_MAP: return check_map(w, v);
	case KIND_OBJECT: return check_fields(w, v, f->fields);
	case KIND_OBJECTS: return check_objects(w, v, f->fields);
	}
	return 0;
}

/* Names the field that is not there; a near name that is there was probably meant. */
static int missing(struct walk *w, const struct jval *v, const struct contract_part *fields, const char *name)
{
	const struct jval *member;
	const char *key;
	void *it = NULL;

	enter_key(w, name);
	error_set(w->err, ERR_INVALID, "%s is missing", buf_text(&w->path));
	while ((it = jval_next(v, it, &key, &member)))
		if (!field_find(fields, key) && str_nearest(key, &name, 1))
			return error_hint(w->err, "'%s' is there: did you mean '%s'?", key, name);
	return -1;
}

static int check_fields(struct walk *w, const struct jval *v, const struct contract_part *fields)
{
	const struct jval *member;
	const char *key;
	void *it = NULL;
	int rc = 0;

	if (jval_type(v) != JVAL_OBJECT)
		return wrong_type(w, v, "an object");
	for (const struct contract_part *f = fields; f->name; f++)
		if (!jval_get(v, f->name) && !f->optional && !(f->of_run && w->any_action))
			return missing(w, v, fields, f->name);
	while (rc == 0 && (it = jval_next(v, it, &key, &member))) {
		const struct contract_part *f = field_find(fields, key);
		size_t len = enter_key(w, key);

		rc = f ? check_value(w, member, f) : check_unknown(w, member);
		buf_truncate(&w->path, len);
	}
	return rc;
}

static int check_header(const struct jval *v, struct error *err)
{
	const struct jval *schema = jval_get(v, "schema");
	const char *action = jval_get_text(v, "action");
	const char *nearest;

	if (jval_type(schema) == JVAL_INT && jval_int(schema, 0) != 1)
		return error_set(err, ERR_INVALID, "schema is %" PRId64 ", and this version of wb knows 1", jval_int(schema, 0));
	for (size_t i = 0; action && i < sizeof actions / sizeof *actions; i++)
		if (str_eq(action, actions[i]))
			return 0;
	if (!action)
		return 0; /* missing or of a wrong type: the walk says so */
	nearest = str_nearest(action, actions, sizeof actions / sizeof *actions);
	error_set(err, ERR_INVALID, "action: '%s' is not known", action);
	if (nearest)
		return error_hint(err, "did you mean '%s'?", nearest);
	return error_hint(err, "one of run.start, model.promote, secret.read, data.export");
}

int policy_check_input(const char *json, size_t len, struct error *err)
{
	CLEANUP(jval_free) struct jval *v = NULL;

	return jval_parse(json, len, &v, err) < 0 ? error_wrap(err, "the policy's input") : policy_check_value(v, err);
}

int policy_check_value(const struct jval *v, struct error *err)
{
	CLEANUP(walk_release) struct walk w = { .path = BUF_INIT(LIMIT_KIB), .err = err };
	int rc;

	w.any_action = jval_get_text(v, "action") && !str_eq(jval_get_text(v, "action"), actions[0]);
	rc = check_header(v, err) < 0 ? -1 : check_fields(&w, v, input_fields);
	return rc < 0 ? error_wrap(err, "the policy's input") : 0;
}
