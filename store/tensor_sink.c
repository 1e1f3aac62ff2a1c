/* Bounded output of wb-tensor's records. */
#include "config.h"

#include "store/tensor_sink.h"

#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/str.h"
#include "store/tensor_codec.h"

enum { FLUSH_AT = 32768 };

bool tensor_ask_parse(const char *word, enum tensor_ask *out)
{
	static const char *const asks[] = {
		[TENSOR_ASK_LIST] = "list", [TENSOR_ASK_TAGS] = "tags", [TENSOR_ASK_STAT] = "stat", [TENSOR_ASK_VALUES] = "values",
	};

	for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++) {
		if (str_eq(word, asks[i])) {
			*out = (enum tensor_ask)i;
			return true;
		}
	}
	return false;
}

int tensor_sink_flush(struct tensor_sink *sink, struct error *err)
{
	if (fs_write_all(STDOUT_FILENO, "the answer", sink->b.data, sink->b.len, err) < 0)
		return -1;
	sink->written += sink->b.len;
	buf_clear(&sink->b);
	return 0;
}

int tensor_sink_put(struct tensor_sink *sink, const char *key, struct jval *record, struct error *err)
{
	CLEANUP(jval_free) struct jval *line = jval_object();

	jval_set(line, key, record);
	jval_format(line, JVAL_COMPACT, &sink->b);
	buf_putc(&sink->b, '\n');
	if (sink->b.full || sink->written + sink->b.len > TENSOR_ANSWER_MAX)
		return error_set(err, ERR_LIMIT, "it has more to list than %zu MiB of description",
				 TENSOR_ANSWER_MAX / LIMIT_MIB);
	return sink->b.len < FLUSH_AT ? 0 : tensor_sink_flush(sink, err);
}

int tensor_sink_skip(struct tensor_sink *sink, const char *path, const char *why, struct error *err)
{
	struct jval *record = jval_object();

	jval_set_text(record, "path", path);
	jval_set_text(record, "why", why);
	return tensor_sink_put(sink, "skipped", record, err);
}

int tensor_sink_file(struct tensor_sink *sink, const char *format, const struct tensor_attr *attrs, size_t count,
		     struct error *err)
{
	struct jval *record = jval_object();

	jval_set_text(record, "format", format);
	jval_set(record, "attributes", tensor_attrs_encode(attrs, count));
	return tensor_sink_put(sink, "file", record, err);
}
