/* Reads the text of a seccomp profile. */
#include "config.h"

#include "sandbox/profile.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

enum { WORDS_MAX = 512, WORD_MAX = 200, VALUES_MAX = 16, RULES_MAX = 8192 };

struct word {
	char text[WORD_MAX];
};

/* One statement, its continued lines joined. */
struct parser {
	const char *file;
	const char *at;
	unsigned line;              /* where the statement begins */
	unsigned next_line;
	const struct profile_source *source;
	struct profile *out;
	bool user;
	struct word *words;
	size_t count;
};

/* "arg0 & MASK == A,B": any of the values. */
struct condition {
	uint8_t arg;
	uint32_t mask;
	uint32_t values[VALUES_MAX];
	unsigned count;
};

static const struct {
	const char *name;
	enum profile_verdict verdict;
} verdict_names[] = {
	{ "allow", PROFILE_ALLOW }, { "deny", PROFILE_DENY },       { "deny-family", PROFILE_NO_FAMILY },
	{ "watch", PROFILE_WATCH }, { "mediate", PROFILE_MEDIATE },
	{ "eperm", PROFILE_REFUSE }, { "enosys", PROFILE_NOSYS },
};

enum { VERDICTS = sizeof verdict_names / sizeof *verdict_names };

void profile_release(struct profile *p)
{
	free(p->rules);
	p->rules = NULL;
	p->count = p->cap = 0;
}

static int wrong(const struct parser *p, struct error *err, const char *fmt, ...) WB_PRINTF(3, 4);

static int wrong(const struct parser *p, struct error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	error_vset(err, ERR_INVALID, fmt, ap);
	va_end(ap);
	return error_wrap(err, "%s:%u", p->file, p->line);
}

/* --- words --- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Appends the words of the line at p->at, and goes behind it. */
static int line_take(struct parser *p, struct error *err)
{
	const char *s = p->at;
	size_t len = strcspn(s, "\n");
	const char *end = s + len;
	const char *comment = memchr(s, '#', len);

	p->at = end + (*end == '\n');
	p->next_line++;
	if (comment)
		end = comment;
	while (s < end) {
		const char *from;

		while (s < end && is_blank(*s))
			s++;
		from = s;
		while (s < end && !is_blank(*s)) {
			if (!isprint((unsigned char)*s))
				return wrong(p, err, "a byte that is no text");
			s++;
		}
		if (s == from)
			break;
		if ((size_t)(s - from) >= WORD_MAX || p->count == WORDS_MAX)
			return wrong(p, err, "the statement is too long");
		memcpy(p->words[p->count].text, from, (size_t)(s - from));
		p->words[p->count++].text[s - from] = 0;
	}
	return 0;
}

/* 1: a statement is in words; 0: the end. */
static int statement_take(struct parser *p, struct error *err)
{
	p->count = 0;
	while (*p->at && !p->count) {
		p->line = p->next_line;
		if (line_take(p, err))
			return -1;
	}
	while (p->count && is_blank(*p->at)) {
		if (line_take(p, err))
			return -1;
	}
	return p->count > 0;
}

/* --- conditions --- */

/* "A|B", "~A|B" (all but these), numbers in C's spelling. */
static int value_parse(const struct parser *p, const char *text, uint32_t *out, struct error *err)
{
	bool not = *text == '~';
	uint32_t value = 0;

	text += not;
	while (*text) {
		size_t len = strcspn(text, "|");
		char name[WORD_MAX];
		uint32_t part = 0;

		memcpy(name, text, len);
		name[len] = 0;
		if (isdigit((unsigned char)*name)) {
			char *end;
			unsigned long long n = strtoull(name, &end, 0);

			if (*end || n > UINT32_MAX)
				return wrong(p, err, "'%s' is no number of 32 bits", name);
			part = (uint32_t)n;
		} else if (!profile_constant(name, &part)) {
			return wrong(p, err, "'%s' has no meaning here", name);
		}
		value |= part;
		text += len + (text[len] == '|');
	}
	*out = not ? ~value : value;
	return 0;
}

static int values_parse(const struct parser *p, const char *text, struct condition *c, struct error *err)
{
	while (*text) {
		size_t len = strcspn(text, ",");
		char one[WORD_MAX];

		if (len == 0 || c->count == VALUES_MAX)
			return wrong(p, err, "one to %d values, with commas and no blanks between them", VALUES_MAX);
		memcpy(one, text, len);
		one[len] = 0;
		if (value_parse(p, one, &c->values[c->count], err))
			return -1;
		if (c->values[c->count++] & ~c->mask)
			return wrong(p, err, "'%s' has bits that the mask takes away", one);
		text += len + (text[len] == ',');
	}
	return c->count ? 0 : wrong(p, err, "a value is missing");
}

/* Reads one condition from word *i on. */
static int condition_parse(const struct parser *p, size_t *i, struct condition *out, struct error *err)
{
	static const char arg[] = "arg";
	const struct word *w = p->words + *i;
	size_t left = p->count - *i;
	size_t n = left > 2 && str_eq(w[1].text, "&") ? 5 : 3;

	if (left < n || !str_starts(w->text, arg) || w->text[3] < '0' || w->text[3] > '5' || w->text[4] ||
	    !str_eq(w[n - 2].text, "=="))
		return wrong(p, err, "a condition is 'argN == VALUE' or 'argN & MASK == VALUE', N from 0 to 5");
	*out = (struct condition){ .arg = (uint8_t)(w->text[3] - '0'), .mask = UINT32_MAX };
	if (n == 5 && value_parse(p, w[2].text, &out->mask, err))
		return -1;
	*i += n;
	return values_parse(p, w[n - 1].text, out, err);
}

/* Reads "COND and COND ..." from word i to the end. */
static int conditions_parse(const struct parser *p, size_t i, struct condition *out, unsigned *count, struct error *err)
{
	for (;;) {
		if (*count == PROFILE_CONDS)
			return wrong(p, err, "at most %d conditions", PROFILE_CONDS);
		if (condition_parse(p, &i, &out[(*count)++], err))
			return -1;
		if (i == p->count)
			return 0;
		if (!str_eq(p->words[i++].text, "and"))
			return wrong(p, err, "'%s' where 'and' or the end was expected", p->words[i - 1].text);
	}
}

/* --- rules --- */

static int rule_push(struct parser *p, const struct profile_rule *r, struct error *err)
{
	struct profile *out = p->out;

	if (out->count == RULES_MAX)
		return wrong(p, err, "more than %d rules", RULES_MAX);
	mem_reserve(&out->rules, &out->cap, out->count + 1);
	out->rules[out->count++] = *r;
	return 0;
}

/* A line behind one that decides always could never be reached: a slip. */
static int rule_is_reachable(const struct parser *p, const struct profile_rule *r, const char *name, struct error *err)
{
	for (size_t i = 0; i < p->out->count; i++) {
		const struct profile_rule *old = &p->out->rules[i];

		if (old->call == r->call && old->conds == 0 && (old->tiers & r->tiers))
			return wrong(p, err, "%s is decided by an earlier line already", name);
	}
	return 0;
}

/* One rule for each choice of the conditions' values. */
static int rules_expand(struct parser *p, struct profile_rule *r, const struct condition *conds, unsigned count,
			struct error *err)
{
	if (r->conds == count)
		return rule_push(p, r, err);
	for (unsigned i = 0; i < conds[r->conds].count; i++) {
		struct profile_rule next = *r;

		next.cond[next.conds] = (struct profile_cond){ conds[r->conds].arg, conds[r->conds].mask,
							       conds[r->conds].values[i] };
		next.conds++;
		if (rules_expand(p, &next, conds, count, err))
			return -1;
	}
	return 0;
}

/* 1 with the number, 0 where this architecture has no such call. */
static int call_parse(const struct parser *p, const char *name, short *out, struct error *err)
{
	int nr = p->source->number(name);

	if (nr == PROFILE_UNKNOWN) {
		wrong(p, err, "no system call is named '%s'", name);
		return error_hint(err, "man 2 syscalls lists the names");
	}
	if (nr < 0)
		return 0;
	if (nr >= PROFILE_CALLS)
		return wrong(p, err, "the number of %s is too high", name);
	*out = (short)nr;
	return 1;
}

/* The words from i on, up to "when" or the end, are calls. */
static int calls_add(struct parser *p, size_t i, struct profile_rule *r, struct error *err)
{
	CLEANUP(free) struct condition *conds = mem_calloc(PROFILE_CONDS, sizeof *conds);
	unsigned count = 0;
	size_t end = i;

	while (end < p->count && !str_eq(p->words[end].text, "when"))
		end++;
	if (end == i)
		return wrong(p, err, "no call is named");
	if (end < p->count && conditions_parse(p, end + 1, conds, &count, err))
		return -1;
	for (; i < end; i++) {
		int rc = call_parse(p, p->words[i].text, &r->call, err);

		if (rc < 0 || (rc && (rule_is_reachable(p, r, p->words[i].text, err) || rules_expand(p, r, conds, count, err))))
			return -1;
	}
	return 0;
}

static int optional_add(struct parser *p, size_t i, unsigned tiers, struct error *err)
{
	for (; i < p->count; i++) {
		short nr;
		int rc = call_parse(p, p->words[i].text, &nr, err);

		if (rc < 0)
			return -1;
		if (rc)
			p->out->optional[nr] |= (uint8_t)tiers;
	}
	return 0;
}

/* "tier1" or "tier2" as word *i, else both. */
static unsigned tiers_parse(const struct parser *p, size_t *i)
{
	for (int tier = 1; tier <= 2 && *i < p->count; tier++) {
		if (str_eq(p->words[*i].text, tier == 1 ? "tier1" : "tier2")) {
			++*i;
			return tier == 1 ? PROFILE_TIER1 : PROFILE_TIER2;
		}
	}
	return PROFILE_TIERS;
}

static int name_set(const struct parser *p, char *slot, struct error *err)
{
	const char *name = p->count == 2 ? p->words[1].text : "";
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	if (len == 0 || name[len] || len >= PROFILE_NAME)
		return wrong(p, err, "'%s' takes one name of letters, digits, '.', '_' and '-'", p->words[0].text);
	if (*slot)
		return wrong(p, err, "a second '%s'", p->words[0].text);
	memcpy(slot, name, len + 1);
	return 0;
}

static int verdict_statement(struct parser *p, struct error *err)
{
	struct profile_rule r = { 0 };
	size_t v = 0;
	size_t i = 1;

	while (v < VERDICTS && !str_eq(p->words[0].text, verdict_names[v].name))
		v++;
	if (v == VERDICTS)
		return wrong(p, err, "'%s' begins no line of a profile", p->words[0].text);
	if (p->user && verdict_names[v].verdict != PROFILE_ALLOW)
		return wrong(p, err, "'%s': a profile of one's own can only allow", p->words[0].text);
	r.verdict = (uint8_t)verdict_names[v].verdict;
	r.tiers = (uint8_t)tiers_parse(p, &i);
	return calls_add(p, i, &r, err);
}

static int statement_apply(struct parser *p, struct error *err)
{
	const char *word = p->words[0].text;
	size_t i = 1;

	if (str_eq(word, "profile"))
		return name_set(p, p->out->name, err);
	if (str_eq(word, "include"))
		return name_set(p, p->out->base, err);
	if (str_eq(word, "optional") && !p->user) {
		unsigned tiers = tiers_parse(p, &i);

		return optional_add(p, i, tiers, err);
	}
	return verdict_statement(p, err);
}

/* --- the whole --- */

static int text_parse(const char *text, const char *file, const struct profile_source *source, bool user,
		      struct profile *out, struct error *err)
{
	CLEANUP(free) struct word *words = mem_calloc(WORDS_MAX, sizeof *words);
	struct parser p = { .file = file, .at = text, .next_line = 1, .source = source, .out = out, .user = user,
			    .words = words };
	int rc;

	while ((rc = statement_take(&p, err)) > 0) {
		if (statement_apply(&p, err))
			return -1;
	}
	out->own = out->count;
	return rc;
}

/* Appends the rules of what out includes. */
static int base_append(const char *file, const struct profile_source *source, struct profile *out, struct error *err)
{
	CLEANUP(profile_release) struct profile base = { .name = "" };
	const char *text = source->text(source->data, out->base);

	if (!text || str_eq(out->base, out->name)) {
		error_set(err, ERR_INVALID, "%s: there is no profile '%s' to include", file, out->base);
		return error_hint(err, "'wb sandbox profiles' lists them");
	}
	if (profile_parse(text, out->base, source, &base, err))
		return -1;
	for (size_t i = 0; i < base.count; i++) {
		mem_reserve(&out->rules, &out->cap, out->count + 1);
		out->rules[out->count++] = base.rules[i];
	}
	for (size_t i = 0; i < PROFILE_CALLS; i++)
		out->optional[i] |= base.optional[i];
	return 0;
}

int profile_parse(const char *text, const char *file, const struct profile_source *source, struct profile *out,
		  struct error *err)
{
	CLEANUP(profile_release) struct profile p = { .name = "" };

	if (text_parse(text, file, source, false, &p, err) || (*p.base && base_append(file, source, &p, err)))
		return -1;
	if (!*p.name)
		return error_set(err, ERR_INVALID, "%s: no line says 'profile NAME'", file);
	*out = p;
	p.rules = NULL;
	return 0;
}

bool profile_is_dangerous(const struct profile *p, int call)
{
	for (size_t i = 0; i < p->count; i++) {
		if (p->rules[i].call == call && p->rules[i].conds == 0 &&
		    (p->rules[i].verdict == PROFILE_DENY || p->rules[i].verdict == PROFILE_NO_FAMILY))
			return true;
	}
	return false;
}

/* Each of its own rules opens only what the base calls optional, and only in those tiers. */
static int additions_check(const char *text, const char *file, struct profile *p, const struct profile_source *source,
			   struct error *err)
{
	CLEANUP(free) char *copy = mem_strdup(text);
	char *rest = copy;

	for (size_t i = 0; i < p->own; i++) {
		struct profile_rule *r = &p->rules[i];

		/* Where it is not optional the line has no effect rather than one that nobody looked at. */
		r->tiers &= p->optional[r->call];
		if (r->tiers)
			continue;
		/* The name as it was written. */
		for (char *w = strsep(&rest, " \t\r\n#"); w; w = strsep(&rest, " \t\r\n#")) {
			if (*w == 0 || source->number(w) != r->call)
				continue;
			error_set(err, ERR_DENIED, "%s: no profile may allow %s%s", file, w,
				  profile_is_dangerous(p, r->call) ? ": it is known to be dangerous" : "");
			return error_hint(err, "'wb sandbox profiles %s' ends with what may be added", p->base);
		}
		return error_set(err, ERR_DENIED, "%s: call %d cannot be allowed", file, r->call);
	}
	return 0;
}

int profile_parse_user(const char *text, const char *file, const struct profile_source *source, struct profile *out,
		       struct error *err)
{
	CLEANUP(profile_release) struct profile p = { .name = "" };

	if (strlen(text) > PROFILE_TEXT_MAX)
		return error_set(err, ERR_LIMIT, "%s: a profile has %zu bytes at most", file, PROFILE_TEXT_MAX);
	if (text_parse(text, file, source, true, &p, err))
		return -1;
	if (!*p.base) {
		error_set(err, ERR_INVALID, "%s: no line says which profile it adds to", file);
		return error_hint(err, "begin it with 'include ml'");
	}
	if (!*p.name)
		memcpy(p.name, "own", 4);
	if (base_append(file, source, &p, err) || additions_check(text, file, &p, source, err))
		return -1;
	*out = p;
	p.rules = NULL;
	return 0;
}

enum profile_verdict profile_judge(const struct profile *p, int tier, int call, const uint64_t args[6])
{
	for (size_t i = 0; i < p->count; i++) {
		const struct profile_rule *r = &p->rules[i];
		bool holds = r->call == call && (r->tiers & (tier == 1 ? PROFILE_TIER1 : PROFILE_TIER2));

		for (unsigned k = 0; holds && k < r->conds; k++)
			holds = ((uint32_t)args[r->cond[k].arg] & r->cond[k].mask) == r->cond[k].value;
		if (holds)
			return (enum profile_verdict)r->verdict;
	}
	return PROFILE_NOSYS;
}
