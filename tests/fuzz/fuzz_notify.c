/*
 * Denied calls put into words. Their numbers and addresses are whatever the run made them, and its memory is read by the
 * same calls as in earnest: here it is this process's own.
 */
#include "config.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sandbox/notify_parts.h"
#include "tests/fuzz/fuzz.h"

static void check_peer(const uint8_t *data, size_t size)
{
	struct peer peer;

	if (size > sizeof(struct sockaddr_storage) || !peer_parse(data, size, &peer))
		return;
	fuzz_check(memchr(peer.text, 0, sizeof peer.text) && memchr(peer.path, 0, sizeof peer.path));
}

static void check_path(const uint8_t *data, size_t size)
{
	char path[512];

	if (size >= sizeof path - 1)
		return;
	path[0] = '/';
	memcpy(path + 1, data, size);
	path[size + 1] = '\0';
	path_simplify(path);
	fuzz_check(path[0] == '/' && !strstr(path, "//") && !strstr(path, "/./") && !strstr(path, "/../"));
}

/* Two bytes of number, six of what each argument is: small, or an address in what follows. */
static void check_words(const uint8_t *data, size_t size)
{
	char memory[512] = { 0 };
	struct seccomp_notif req = { .pid = (uint32_t)getpid() };
	const struct sandbox_plan plan = { .tier = 1 + (size & 1) };
	struct known_ports ports = { 0 };
	struct call c = { .req = &req, .ports = &ports, .plan = &plan, .pid = getpid() };
	struct denial d = { 0 };

	if (size < 8)
		return;
	c.nr = data[0] | (data[1] & 3) << 8;
	memcpy(memory, data + 8, size - 8 < sizeof memory - 1 ? size - 8 : sizeof memory - 1);
	for (size_t i = 0; i < 6; i++) {
		uint8_t what = data[2 + i];

		c.arg[i] = what & 0x80 ? (uint64_t)(uintptr_t)(memory + (what & 0x7f)) : what & 0x40 ? ~(uint64_t)what : what;
	}
	denied_describe(&c, &d);
	fuzz_check(memchr(d.object, 0, sizeof d.object) && memchr(d.call, 0, sizeof d.call));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_peer(data, size);
	check_path(data, size);
	check_words(data, size);
	return 0;
}
