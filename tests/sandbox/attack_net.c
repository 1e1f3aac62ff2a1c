/* Attacks over sockets: the host's listeners, outside addresses, odd families, the event door. */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/sandbox/attack.h"

/* Where the proxy of --net listens inside (sandbox/plan.h). */
enum { PROXY_PORT = 3128 };

static struct sockaddr_in inet_of(const char *host, long port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	inet_pton(AF_INET, host, &in.sin_addr);
	return in;
}

/* No answer counts as through as well: a packet has left. */
static int connect_result(int fd, const void *addr, size_t len)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t size = sizeof(int);
	int error = 0;

	if (fd < 0)
		return errno;
	if (connect(fd, addr, (socklen_t)len) == 0)
		return THROUGH;
	if (errno != EINPROGRESS)
		return errno;
	if (poll(&p, 1, 500) > 0)
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
	return error;
}

static int inet_connect(int type, int protocol, const char *host, long port)
{
	struct sockaddr_in in = inet_of(host, port);

	return connect_result(socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol), &in, sizeof in);
}

static int tcp_loopback(void) { return inet_connect(SOCK_STREAM, 0, "127.0.0.1", fact_number("A_TCP")); }
static int tcp_zero(void) { return inet_connect(SOCK_STREAM, 0, "0.0.0.0", fact_number("A_TCP")); }
static int tcp_outside(void) { return inet_connect(SOCK_STREAM, 0, "192.0.2.1", 9); }
static int tcp_metadata(void) { return inet_connect(SOCK_STREAM, 0, "169.254.169.254", 80); }
static int mptcp_loopback(void) { return inet_connect(SOCK_STREAM, 262, "127.0.0.1", fact_number("A_TCP")); }
static int sctp_loopback(void) { return inet_connect(SOCK_STREAM, IPPROTO_SCTP, "127.0.0.1", fact_number("A_TCP")); }

static int tcp_loopback6(void)
{
	struct sockaddr_in6 in = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)fact_number("A_TCP")) };

	/* The v4-mapped form of the loopback reaches the same listener. */
	inet_pton(AF_INET6, "::ffff:127.0.0.1", &in.sin6_addr);
	return connect_result(socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), &in, sizeof in);
}

static int udp_send(const char *host, long port, int flags)
{
	struct sockaddr_in in = inet_of(host, port);
	int fd = socket(AF_INET, flags ? SOCK_STREAM : SOCK_DGRAM, 0);

	if (fd < 0)
		return errno;
	return outcome(sendto(fd, "x", 1, flags | MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&in, sizeof in));
}

/* The datagram may be taken and lost: the host's listener tells. */
static int udp_loopback(void) { return udp_send("127.0.0.1", fact_number("A_UDP"), 0); }
static int udp_outside(void) { return udp_send("192.0.2.1", 9, 0); }
static int tcp_fastopen(void) { return udp_send("127.0.0.1", fact_number("A_TCP"), MSG_FASTOPEN); }

static int udp_sendmsg(void)
{
	struct sockaddr_in in = inet_of("192.0.2.1", 9);
	struct iovec iov = { (void *)(uintptr_t)"x", 1 };
	struct msghdr msg = { .msg_name = &in, .msg_namelen = sizeof in, .msg_iov = &iov, .msg_iovlen = 1 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? errno : outcome(sendmsg(fd, &msg, 0));
}

static struct sockaddr_un un_of(const char *path, size_t *len)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	size_t n = strlen(path);

	if (n >= sizeof un.sun_path)
		n = sizeof un.sun_path - 1;
	memcpy(un.sun_path, path, n);
	*len = offsetof(struct sockaddr_un, sun_path) + n;
	/* "@name" is an abstract one. */
	if (path[0] == '@')
		un.sun_path[0] = 0;
	return un;
}

static int unix_connect(int type, const char *path)
{
	size_t len;
	struct sockaddr_un un = un_of(path, &len);

	return connect_result(socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), &un, len);
}

static int unix_abstract(void) { return unix_connect(SOCK_STREAM, fact("A_ABSTRACT")); }
static int unix_path(void) { return unix_connect(SOCK_STREAM, fact_path("A_HOME", "docker.sock")); }
static int unix_in_input(void) { return unix_connect(SOCK_STREAM, fact_path("A_INPUTS", "agent.sock")); }

static int unix_by_link(void)
{
	const char *link = fact_path("A_TREE", "sock");

	unlink(link);
	if (symlink(fact_path("A_HOME", "docker.sock"), link))
		return BROKEN;
	return unix_connect(SOCK_STREAM, link);
}

static int unix_datagram(void)
{
	size_t len;
	struct sockaddr_un un = un_of(fact_path("A_HOME", "dgram.sock"), &len);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno;
	return outcome(sendto(fd, "x", 1, MSG_DONTWAIT, (struct sockaddr *)&un, (socklen_t)len));
}

/* A pair is made connected; a datagram one can be turned to somebody else. */
static int pair_retarget(void)
{
	size_t len;
	struct sockaddr_un un = un_of(fact_path("A_HOME", "dgram.sock"), &len);
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
		return errno;
	if (sendto(pair[0], "x", 1, MSG_DONTWAIT, (struct sockaddr *)&un, (socklen_t)len) == 1)
		return THROUGH;
	return connect_result(pair[0], &un, len);
}

/* A thread turns the address under the call between a socket of the run and the host's. */
static struct sockaddr_un shared_address;
static atomic_bool turning;

static void *turn_address(void *unused)
{
	size_t n;
	const struct sockaddr_un good = un_of(fact_path("A_TREE", "own.sock"), &n);
	const struct sockaddr_un bad = un_of(fact_path("A_HOME", "docker.sock"), &n);

	(void)unused;
	for (unsigned i = 0; atomic_load(&turning); i++)
		memcpy(&shared_address, i & 1 ? &good : &bad, sizeof shared_address);
	return NULL;
}

/* What it reached is told by the other side's greeting: the host's listener is the only one that says it. */
static int unix_race(void)
{
	size_t len;
	struct sockaddr_un own = un_of(fact_path("A_TREE", "own.sock"), &len);
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pthread_t thread;

	unlink(own.sun_path);
	if (listener < 0 || bind(listener, (struct sockaddr *)&own, (socklen_t)len) || listen(listener, 4096))
		return BROKEN;
	atomic_store(&turning, true);
	if (pthread_create(&thread, NULL, turn_address, NULL))
		return BROKEN;
	for (int i = 0; i < 1000; i++) {
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

		(void)!connect(fd, (struct sockaddr *)&shared_address, sizeof shared_address);
		close(fd);
	}
	atomic_store(&turning, false);
	pthread_join(thread, NULL);
	return EACCES; /* world_check() sees whether the host's listener was reached */
}

static int family(int domain, int type, int protocol)
{
	return outcome(socket(domain, type | SOCK_CLOEXEC, protocol));
}

static int raw_icmp(void) { return family(AF_INET, SOCK_RAW, IPPROTO_ICMP); }
static int ping(void) { return family(AF_INET, SOCK_DGRAM, IPPROTO_ICMP); }
static int packet(void) { return family(AF_PACKET, SOCK_RAW, 0x0300); }
static int vsock(void) { return family(40, SOCK_STREAM, 0); }
static int alg(void) { return family(38, SOCK_SEQPACKET, 0); }
static int key(void) { return family(15, SOCK_RAW, 2); }
static int xdp(void) { return family(44, SOCK_RAW, 0); }
static int tipc(void) { return family(30, SOCK_SEQPACKET, 0); }
static int can(void) { return family(29, SOCK_RAW, 1); }
static int rxrpc(void) { return family(33, SOCK_DGRAM, AF_INET); }
static int bluetooth(void) { return family(31, SOCK_RAW, 1); }
static int uevent(void) { return family(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT); }
static int netfilter(void) { return family(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER); }
static int xfrm(void) { return family(AF_NETLINK, SOCK_RAW, NETLINK_XFRM); }
static int unix_raw(void) { return outcome(syscall(SYS_socket, AF_UNIX | 1ul << 32, SOCK_RAW, 5)); }
static int inet_wide(void) { return outcome(syscall(SYS_socket, AF_PACKET | 1ul << 32, SOCK_RAW | 1ul << 33, 0)); }

/* Only the loopback of its own may be seen. */
static int interfaces(void)
{
	struct ifreq_name {
		char name[16];
		int index;
		char rest[32];
	} r;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno;
	for (int i = 2; i < 64; i++) {
		memset(&r, 0, sizeof r);
		r.index = i;
		if (ioctl(fd, 0x8910 /* SIOCGIFNAME */, &r) == 0) {
			seen("interface %s", r.name);
			return THROUGH;
		}
	}
	return ENODEV;
}

static int link_set(void)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg info;
	} m = { { sizeof m, RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, 1, 0 },
		{ .ifi_index = 1, .ifi_change = 1 } };
	struct {
		struct nlmsghdr head;
		struct nlmsgerr err;
	} answer;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno;
	/* lo of the run's own namespace: not even that, for want of capabilities. */
	if (send(fd, &m, sizeof m, 0) < 0 || recv(fd, &answer, sizeof answer, 0) < 0)
		return errno;
	return answer.err.error ? -answer.err.error : THROUGH;
}

static int listen_outside(void)
{
	struct sockaddr_in in = inet_of("0.0.0.0", fact_number("A_FREE"));
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const int on = 1;

	if (fd < 0)
		return errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&in, sizeof in) || listen(fd, 4))
		return errno;
	seen("listening");
	/* The battery connects from outside while this waits. */
	if (poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 1000) > 0)
		return THROUGH;
	return ECONNREFUSED;
}

/* The broker serves it from outside; whoever held it inside could answer in the broker's place. */
static int proxy_inherited(void)
{
	for (int fd = 0; fd < 1024; fd++) {
		int listens = 0;
		socklen_t len = sizeof listens;

		if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) == 0 && listens) {
			seen("descriptor %d listens", fd);
			return THROUGH;
		}
	}
	return EBADF;
}

static int proxy_takeover(void)
{
	struct sockaddr_in in = inet_of("127.0.0.1", PROXY_PORT);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const int on = 1;

	if (fd < 0)
		return errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&in, sizeof in))
		return errno;
	return outcome(listen(fd, 4));
}

static int swap_events(void)
{
	size_t len;
	struct sockaddr_un un = un_of(fact("WB_EVENTS"), &len);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (!fact("WB_EVENTS")[0] || fd < 0)
		return BROKEN;
	if (unlink(fact("WB_EVENTS")))
		return errno;
	return outcome(bind(fd, (struct sockaddr *)&un, (socklen_t)len));
}

/* The event socket takes bytes; descriptors sent along must not pile up in the supervisor. */
static int flood_descriptors(void)
{
	size_t len;
	struct sockaddr_un un = un_of(fact("WB_EVENTS"), &len);
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(250 * sizeof(int))];
	} control = { 0 };
	struct iovec iov = { (void *)(uintptr_t)"x\n", 2 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int fds[250];

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof fds);
	for (size_t i = 0; i < 250; i++)
		fds[i] = 1;
	memcpy(CMSG_DATA(c), fds, sizeof fds);
	if (fd < 0 || connect(fd, (struct sockaddr *)&un, (socklen_t)len))
		return BROKEN;
	for (int i = 0; i < 40; i++) {
		if (sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			return errno;
	}
	return THROUGH; /* the battery counts its own descriptors */
}

const struct attack attacks_net[] = {
	{ "tcp-loopback", "connect to a listener on the host's loopback", tcp_loopback, 0 },
	{ "tcp-zero", "the same by 0.0.0.0", tcp_zero, 0 },
	{ "tcp-loopback6", "the same by a v4-mapped address", tcp_loopback6, 0 },
	{ "tcp-outside", "connect to an outside address", tcp_outside, NOT_BARE },
	{ "tcp-metadata", "connect to the metadata address", tcp_metadata, NOT_BARE },
	{ "tcp-fastopen", "connect by sendto(MSG_FASTOPEN)", tcp_fastopen, 0 },
	{ "mptcp-loopback", "connect by MPTCP", mptcp_loopback, 0 },
	{ "sctp-loopback", "connect by SCTP", sctp_loopback, NOT_BARE },
	{ "udp-loopback", "send to the host's loopback", udp_loopback, CONTAINED },
	{ "udp-outside", "send to an outside address", udp_outside, NOT_BARE },
	{ "udp-sendmsg", "the same by sendmsg", udp_sendmsg, NOT_BARE },
	{ "unix-abstract", "connect to an abstract socket of the host", unix_abstract, 0 },
	{ "unix-path", "connect to ~/docker.sock", unix_path, 0 },
	{ "unix-by-link", "the same by a link in the tree", unix_by_link, 0 },
	{ "unix-in-input", "connect to a socket in an input folder", unix_in_input, T2_ONLY },
	{ "unix-datagram", "send to a datagram socket of the host", unix_datagram, 0 },
	{ "unix-pair", "turn a datagram pair to the host's socket", pair_retarget, 0 },
	{ "unix-race", "turn the address while connecting", unix_race, CONTAINED },
	{ "raw-icmp", "raw socket", raw_icmp, ROOT_BARE },
	{ "ping", "ICMP datagram socket", ping, ROOT_BARE },
	{ "packet", "AF_PACKET", packet, ROOT_BARE },
	{ "vsock", "AF_VSOCK", vsock, 0 },
	{ "alg", "AF_ALG", alg, 0 },
	{ "key", "AF_KEY", key, NOT_BARE },
	{ "xdp", "AF_XDP", xdp, NOT_BARE },
	{ "tipc", "AF_TIPC", tipc, NOT_BARE },
	{ "can", "AF_CAN", can, NOT_BARE },
	{ "rxrpc", "AF_RXRPC", rxrpc, NOT_BARE },
	{ "bluetooth", "AF_BLUETOOTH", bluetooth, NOT_BARE },
	{ "netlink-uevent", "listen to the kernel's device events", uevent, 0 },
	{ "netlink-netfilter", "netfilter's netlink", netfilter, 0 },
	{ "netlink-xfrm", "IPsec's netlink", xfrm, 0 },
	{ "unix-raw", "a 64-bit family word with an odd type", unix_raw, NOT_BARE },
	{ "packet-wide", "AF_PACKET in 64-bit words", inet_wide, ROOT_BARE },
	{ "interfaces", "see the host's network interfaces", interfaces, T1_ONLY },
	{ "link-set", "take an interface down", link_set, NOT_BARE },
	{ "listen", "be reached from the host", listen_outside, 0 },
	{ "proxy-inherited", "find the listener of --net among the own descriptors", proxy_inherited, T1_ONLY | NOT_BARE },
	{ "proxy-takeover", "listen in the place of --net's proxy", proxy_takeover, T1_ONLY },
	{ "swap-events", "put an own socket in the place of $WB_EVENTS", swap_events, NOT_BARE },
	{ "flood-descriptors", "send ten thousand descriptors to $WB_EVENTS", flood_descriptors, CONTAINED | NOT_BARE },
	{ 0 },
};
