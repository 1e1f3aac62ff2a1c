/* engine/netaddr.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <netinet/in.h>
#include <string.h>

#include "engine/netaddr.h"

static void netaddr_classify__ranges_and_their_edges__have_their_class(void **state)
{
	static const struct {
		const char *text;
		enum netaddr_class want;
	} cases[] = {
		{ "1.1.1.1", NETADDR_PUBLIC },           { "9.255.255.255", NETADDR_PUBLIC },
		{ "10.0.0.0", NETADDR_PRIVATE },         { "10.255.255.255", NETADDR_PRIVATE },
		{ "11.0.0.0", NETADDR_PUBLIC },          { "0.0.0.0", NETADDR_UNSPECIFIED },
		{ "0.1.2.3", NETADDR_UNSPECIFIED },      { "100.63.255.255", NETADDR_PUBLIC },
		{ "100.64.0.0", NETADDR_SHARED },        { "100.127.255.255", NETADDR_SHARED },
		{ "100.128.0.0", NETADDR_PUBLIC },       { "100.100.100.200", NETADDR_METADATA },
		{ "127.0.0.1", NETADDR_LOOPBACK },       { "127.255.255.254", NETADDR_LOOPBACK },
		{ "169.254.169.254", NETADDR_METADATA }, { "169.254.0.1", NETADDR_LINK_LOCAL },
		{ "168.63.129.16", NETADDR_METADATA },   { "172.15.255.255", NETADDR_PUBLIC },
		{ "172.16.0.0", NETADDR_PRIVATE },       { "172.31.255.255", NETADDR_PRIVATE },
		{ "172.32.0.0", NETADDR_PUBLIC },        { "192.168.255.255", NETADDR_PRIVATE },
		{ "192.169.0.0", NETADDR_PUBLIC },       { "192.0.2.1", NETADDR_RESERVED },
		{ "198.18.0.1", NETADDR_RESERVED },      { "198.20.0.0", NETADDR_PUBLIC },
		{ "203.0.113.9", NETADDR_RESERVED },     { "223.255.255.255", NETADDR_PUBLIC },
		{ "224.0.0.1", NETADDR_MULTICAST },      { "255.255.255.255", NETADDR_RESERVED },
		{ "::", NETADDR_UNSPECIFIED },           { "::1", NETADDR_LOOPBACK },
		{ "::2", NETADDR_EMBEDDED },             { "::ffff:10.0.0.1", NETADDR_EMBEDDED },
		{ "::ffff:1.1.1.1", NETADDR_EMBEDDED },  { "64:ff9b::101:101", NETADDR_PUBLIC },
		{ "64:ff9b::a00:1", NETADDR_PRIVATE },   { "64:ff9b::a9fe:a9fe", NETADDR_METADATA },
		{ "64:ff9b:1::1", NETADDR_RESERVED },    { "2001::1", NETADDR_EMBEDDED },
		{ "2001:db8::1", NETADDR_RESERVED },     { "2001:4860:4860::8888", NETADDR_PUBLIC },
		{ "2002:7f00:1::", NETADDR_EMBEDDED },   { "3fff::1", NETADDR_RESERVED },
		{ "2606:4700::1", NETADDR_PUBLIC },      { "fc00::1", NETADDR_PRIVATE },
		{ "fdff::1", NETADDR_PRIVATE },          { "fd00:ec2::254", NETADDR_METADATA },
		{ "fe80::1", NETADDR_LINK_LOCAL },       { "fec0::1", NETADDR_PRIVATE },
		{ "ff02::1", NETADDR_MULTICAST },        { "4000::1", NETADDR_RESERVED },
		{ "100::1", NETADDR_RESERVED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct netaddr a;

		assert_true(netaddr_parse(cases[i].text, &a));
		if (netaddr_classify(&a) != cases[i].want)
			fail_msg("%s is %s, not %s", cases[i].text, netaddr_class_words(netaddr_classify(&a)),
				 netaddr_class_words(cases[i].want));
	}
}

static void netaddr_parse__odd_spellings__are_no_addresses(void **state)
{
	static const char *const cases[] = {
		"", "1", "127.1", "0x7f.0.0.1", "0177.0.0.1", "127.0.0.01", "2130706433", "1.2.3.4.5", "1.2.3.256", " 1.2.3.4",
		"1.2.3.4 ", "fe80::1%lo", "[::1]", ":::", "1.2.3.", "::1/128",
	};
	struct netaddr a;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (netaddr_parse(cases[i], &a))
			fail_msg("'%s' was taken for an address", cases[i]);
}

static void netaddr_sockaddr__both_families__come_back(void **state)
{
	static const char *const cases[] = { "192.0.2.7", "2001:db8::7" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct sockaddr_storage ss;
		struct netaddr a, b;
		char text[NETADDR_TEXT];
		socklen_t len;

		assert_true(netaddr_parse(cases[i], &a));
		len = netaddr_to_sockaddr(&a, 443, &ss);
		assert_true(netaddr_from_sockaddr((struct sockaddr *)&ss, len, &b));
		assert_true(netaddr_equal(&a, &b));
		assert_false(netaddr_from_sockaddr((struct sockaddr *)&ss, 4, &b));
		netaddr_format(&b, text);
		assert_string_equal(text, cases[i]);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(netaddr_classify__ranges_and_their_edges__have_their_class),
	cmocka_unit_test(netaddr_parse__odd_spellings__are_no_addresses),
	cmocka_unit_test(netaddr_sockaddr__both_families__come_back),
};

WB_TEST_MAIN(tests)
