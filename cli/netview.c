/* The network of a run, for people. */
#include "config.h"

#include "cli/netview.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "cli/table.h"

enum { HINTS_SHOWN = 5, CELL_MAX = 1024 };

static void place_cell(struct table *t, const struct jval *v)
{
	const char *host = jval_get_text(v, "host");
	int64_t port = jval_get_int(v, "port", 0);
	CLEANUP(buf_release) struct buf b = BUF_INIT(CELL_MAX);
	bool is_v6 = host && strchr(host, ':');

	if (host && *host)
		buf_printf(&b, "  %s%s%s:%" PRId64, is_v6 ? "[" : "", host, is_v6 ? "]" : "", port);
	else
		buf_puts(&b, "  ?");
	table_cell(t, buf_text(&b));
}

static void bytes_cell(struct table *t, const struct jval *v, const char *key)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(CELL_MAX);
	int64_t n = jval_get_int(v, key, 0);

	str_format_size(&b, n > 0 ? (uint64_t)n : 0);
	table_cell(t, buf_text(&b));
}

static void time_cell(struct table *t, const struct jval *v)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(CELL_MAX);
	double s = jval_get_num(v, "duration_s", 0);

	str_format_duration(&b, s > 0 && s < 1e9 ? (int64_t)(s * 1e9) : 0);
	table_cell(t, buf_text(&b));
}

static void how_cell(struct table *t, const struct jval *v)
{
	const char *reason = jval_get_text(v, "reason");
	bool allowed = !str_eq(jval_get_text(v, "decision"), "deny");
	bool pending = str_eq(jval_get_text(v, "decision"), "pending"), open = jval_get_int(v, "open", 0) > 0;
	int64_t count = jval_get_int(v, "count", 1);
	CLEANUP(buf_release) struct buf b = BUF_INIT(CELL_MAX);

	buf_puts(&b, allowed ? "" : "refused: ");
	buf_puts(&b, reason ? reason : !allowed ? "" : pending ? "asked for" : open ? "open" : "ok");
	if (count > 1)
		buf_printf(&b, " (%" PRId64 " times)", count);
	table_cell_styled(t, allowed ? STYLE_PLAIN : STYLE_WARN, buf_text(&b));
}

void netview_page(struct output *out, const struct run *r)
{
	const struct table_column columns[] = {
		{ "  HOST", false, 16 }, { "ADDRESS", false, 7 }, { "SENT", true, 0 },
		{ "RECEIVED", true, 0 }, { "TOOK", true, 0 },     { "HOW", false, 16 },
	};
	const struct jval *list = run_network(r);
	int64_t more = jval_get_int(r->end, "network_more", 0);
	const char *via = jval_get_text(r->start, "network_via");
	CLEANUP(table_free) struct table *t = NULL;

	if (!jval_count(list))
		return;
	output_puts(out, "\n");
	output_styled(out, STYLE_STRONG, "Network");
	output_puts(out, "\n");
	t = table_new(columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < jval_count(list); i++) {
		const struct jval *v = jval_at(list, i);

		place_cell(t, v);
		table_cell(t, jval_get_text(v, "address"));
		bytes_cell(t, v, "bytes_up");
		bytes_cell(t, v, "bytes_down");
		time_cell(t, v);
		how_cell(t, v);
	}
	table_print(t, out);
	if (via) {
		output_puts(out, "  by way of ");
		output_untrusted(out, via);
		output_puts(out, "\n");
	}
	if (more)
		output_printf(out, "  and %" PRId64 " more\n", more);
	netview_hints(out, r);
}

void netview_hints(struct output *out, const struct run *r)
{
	const struct jval *list = run_network(r);
	unsigned shown = 0;

	for (size_t i = 0; i < jval_count(list) && shown < HINTS_SHOWN; i++) {
		const char *hint = jval_get_text(jval_at(list, i), "hint");

		if (!hint)
			continue;
		output_puts(out, "hint: wb run ");
		output_untrusted(out, hint);
		output_puts(out, " … lets it through, if the policy agrees\n");
		shown++;
	}
}
