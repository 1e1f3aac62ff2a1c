/* Adjective, noun, number. */
#include "config.h"

#include "engine/names.h"

#include "base/mem.h"
#include "base/str.h"

static const char *const adjectives[] = {
	"amber", "bold", "brave", "brisk", "calm", "clear", "clever", "coral", "cosy", "crisp", "dapper", "deep",
	"eager", "early", "fair", "fleet", "fond", "fresh", "gentle", "glad", "golden", "grand", "green", "happy",
	"hardy", "honest", "keen", "kind", "late", "light", "lively", "loyal", "lucky", "mellow", "merry", "mild",
	"neat", "noble", "northern", "patient", "plain", "polite", "proud", "quick", "quiet", "rapid", "royal", "rustic",
	"sharp", "silent", "silver", "sleek", "smooth", "snowy", "solid", "steady", "still", "sunny", "swift", "tidy",
	"tranquil", "vivid", "warm", "wise",
};

static const char *const nouns[] = {
	"acorn", "alder", "anchor", "aspen", "badger", "bay", "beacon", "birch", "brook", "canyon", "cedar", "cliff",
	"cloud", "comet", "cove", "crane", "delta", "dune", "elm", "falcon", "fern", "field", "finch", "fjord",
	"forest", "fox", "glade", "harbor", "hawk", "hazel", "heron", "hill", "island", "juniper", "kestrel", "lagoon",
	"lake", "lark", "maple", "marsh", "meadow", "moon", "oak", "orchard", "otter", "owl", "pebble", "pine",
	"prairie", "raven", "reef", "ridge", "river", "robin", "sparrow", "spruce", "stone", "summit", "swan", "thistle",
	"valley", "willow", "wren", "zephyr",
};

char *name_from_id(const struct uuid *id)
{
	unsigned char b[16];
	unsigned number;

	if (!str_unhex(id->text, b, sizeof b))
		return mem_strdup(id->text);
	number = ((unsigned)b[12] << 8 | b[13]) % 1000;
	return mem_printf("%s-%s-%u", adjectives[b[10] % 64], nouns[b[11] % 64], number);
}
