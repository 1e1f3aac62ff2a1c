/* Profiles as texts: what is read, what is refused, and what a user's own may not have. */
#include "config.h"

#include "sandbox/profile.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/str.h"
#include "sandbox/filter.h"
#include "tests/support/wb_test.h"

static const char *no_text(void *data, const char *name)
{
	(void)data;
	return str_eq(name, "base") ? "profile base\nallow read\ndeny ptrace\noptional splice\n" : NULL;
}

static const struct profile_source source = { .number = filter_call_number, .text = no_text };

static enum profile_verdict judge(const struct profile *p, int tier, int call, uint64_t a0, uint64_t a1)
{
	const uint64_t args[6] = { a0, a1 };

	return profile_judge(p, tier, call, args);
}

static void profile__conditions__hold_on_low_bits_and_in_order(void **state)
{
	CLEANUP(profile_release) struct profile p = { .name = "" };
	struct error err = { 0 };

	(void)state;
	assert_ok(profile_parse("profile x # why\n"
				"allow socket when arg0 == AF_UNIX,AF_INET and arg1 & SOCK_TYPE == SOCK_STREAM\n"
				"deny-family socket\n"
				"allow tier1\n  read\n\twrite # joined\n"
				"enosys prctl when arg0 & ~1|2 == 0\n"
				"mediate tier2 prctl\n",
				"x", &source, &p, &err), &err);
	assert_string_equal(p.name, "x");
	assert_int_equal(judge(&p, 1, SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC), PROFILE_ALLOW);
	assert_int_equal(judge(&p, 2, SYS_socket, AF_INET | 0x700000000, SOCK_STREAM), PROFILE_ALLOW);
	assert_int_equal(judge(&p, 2, SYS_socket, AF_INET6, SOCK_STREAM), PROFILE_NO_FAMILY);
	assert_int_equal(judge(&p, 1, SYS_socket, AF_UNIX, SOCK_DGRAM), PROFILE_NO_FAMILY);
	assert_int_equal(judge(&p, 1, SYS_write, 0, 0), PROFILE_ALLOW);
	assert_int_equal(judge(&p, 2, SYS_write, 0, 0), PROFILE_NOSYS);
	assert_int_equal(judge(&p, 2, SYS_prctl, 3, 0), PROFILE_NOSYS);
	assert_int_equal(judge(&p, 2, SYS_prctl, 4, 0), PROFILE_MEDIATE);
	assert_int_equal(judge(&p, 1, SYS_prctl, 4, 0), PROFILE_NOSYS);
}

static void profile__what_is_no_profile__is_refused_by_file_and_line(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "allow read\n", "no line says 'profile NAME'" },
		{ "profile a\nprofile b\n", "f:2: a second 'profile'" },
		{ "profile a b\n", "takes one name" },
		{ "profile ../x\n", "takes one name" },
		{ "profile x\npermit read\n", "f:2: 'permit' begins no line" },
		{ "profile x\nallow\n", "no call is named" },
		{ "profile x\nallow tier1 when arg0 == 1\n", "no call is named" },
		{ "profile x\n\n\nallow raed\n", "f:4: no system call is named 'raed'" },
		{ "profile x\nallow read when\n", "a condition is" },
		{ "profile x\nallow read when arg6 == 1\n", "a condition is" },
		{ "profile x\nallow read when arg0 = 1\n", "a condition is" },
		{ "profile x\nallow read when arg0 == 1 or arg1 == 2\n", "'or' where 'and'" },
		{ "profile x\nallow read when arg0 == 0x1ffffffff\n", "no number of 32 bits" },
		{ "profile x\nallow read when arg0 == FOO\n", "'FOO' has no meaning" },
		{ "profile x\nallow read when arg0 & 1 == 2\n", "the mask takes away" },
		{ "profile x\nallow read when arg0 == 1,,2\n", "with commas" },
		{ "profile x\nallow read\nallow read write\n", "f:3: read is decided by an earlier line" },
		{ "profile x\nallow read\ndeny tier2 read when arg0 == 1\n", "f:3: read is decided" },
		{ "profile x\ninclude nothing\n", "there is no profile 'nothing'" },
		{ "profile x\nallow r\001ead\n", "a byte that is no text" },
		{ "profile x\nallow read when arg0 == 1 and arg0 == 1 and arg0 == 1 and arg0 == 1\n", "at most 3" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct profile p = { .name = "" };
		struct error err = { 0 };

		assert_refused(profile_parse(cases[i].text, "f", &source, &p, &err), &err, ERR_INVALID, cases[i].says);
	}
}

static void own_profile__optional_calls__are_added(void **state)
{
	CLEANUP(profile_release) struct profile p = { .name = "" };
	struct error err = { 0 };

	(void)state;
	assert_ok(profile_parse_user("include base\nallow splice when arg1 == 0\n", "f", &source, &p, &err), &err);
	assert_int_equal(judge(&p, 1, SYS_splice, 0, 0), PROFILE_ALLOW);
	assert_int_equal(judge(&p, 1, SYS_splice, 0, 1), PROFILE_NOSYS);
	assert_int_equal(judge(&p, 1, SYS_read, 0, 0), PROFILE_ALLOW);
	assert_int_equal(judge(&p, 1, SYS_ptrace, 0, 0), PROFILE_DENY);
	assert_true(profile_is_dangerous(&p, SYS_ptrace));
	assert_false(profile_is_dangerous(&p, SYS_splice));
}

static void own_profile__whatever_else__is_refused_by_name(void **state)
{
	static const struct {
		const char *text;
		enum error_code code;
		const char *says;
	} cases[] = {
		{ "include base\nallow splice ptrace\n", ERR_DENIED, "no profile may allow ptrace: it is known to be dangerous" },
		{ "include base\nallow ptrace when arg0 == 0\n", ERR_DENIED, "ptrace" },
		{ "include base\nallow tier2 mount\n", ERR_DENIED, "no profile may allow mount" },
		{ "include base\noptional ptrace\n", ERR_INVALID, "begins no line" },
		{ "include base\nmediate connect\n", ERR_INVALID, "can only allow" },
		{ "allow splice\n", ERR_INVALID, "which profile it adds to" },
		{ "include other\nallow splice\n", ERR_INVALID, "there is no profile 'other'" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct profile p = { .name = "" };
		struct error err = { 0 };

		assert_refused(profile_parse_user(cases[i].text, "f", &source, &p, &err), &err, cases[i].code, cases[i].says);
	}
}

/* The notes' table of what must never be had, against what the shipped profiles let a user add. */
static void shipped_profiles__no_dangerous_call__can_be_added(void **state)
{
	static const char *const never[] = {
		"mount", "umount2", "pivot_root", "chroot", "open_tree", "open_tree_attr", "move_mount", "fsopen", "fsconfig",
		"fsmount", "fspick", "mount_setattr", "setns", "unshare", "clone3", "clone", "ptrace", "process_vm_readv",
		"process_vm_writev", "kcmp", "process_madvise", "bpf", "perf_event_open", "userfaultfd", "io_uring_setup",
		"io_uring_enter", "io_uring_register", "keyctl", "add_key", "request_key", "name_to_handle_at",
		"open_by_handle_at", "fanotify_init", "fanotify_mark", "lookup_dcookie", "quotactl", "quotactl_fd", "acct",
		"syslog", "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot", "swapon",
		"swapoff", "iopl", "ioperm", "modify_ldt", "uselib", "nfsservctl", "settimeofday", "clock_settime", "adjtimex",
		"clock_adjtime", "sethostname", "setdomainname", "memfd_secret", "move_pages", "migrate_pages", "vmsplice",
		"openat2", "socket", "prctl", "ioctl", "personality", "setxattrat", "mknod", "vhangup",
	};

	(void)state;
	for (unsigned k = 0; filter_profile_name(k); k++) {
		for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
			CLEANUP(profile_release) struct profile p = { .name = "" };
			char text[200];
			struct error err = { 0 };

			if (filter_call_number(never[i]) < 0)
				continue;
			snprintf(text, sizeof text, "include %s\nallow %s\n", filter_profile_name(k), never[i]);
			assert_refused(filter_profile_load("f", text, &p, &err), &err, ERR_DENIED, never[i]);
		}
	}
}

static void shipped_profiles__as_texts_and_as_programs__agree(void **state)
{
	const struct filter_want learn = { .tier = 1, .notify = true, .opens = true, .learn = true };
	CLEANUP(filter_program_release) struct filter_program f = { .profile = NULL };
	struct error err = { 0 };

	(void)state;
	/* Made now, it is what the build has made. */
	for (unsigned i = 0; filter_at(i); i++) {
		const struct filter_program *built = filter_at(i);
		char text[100];
		CLEANUP(filter_program_release) struct filter_program made = { .profile = NULL };
		const struct filter_want want = { .text = text, .tier = built->tier, .notify = built->notify,
						  .opens = built->opens };

		snprintf(text, sizeof text, "include %s\n", built->profile);
		assert_ok(filter_get(&want, &made, &err), &err);
		assert_int_equal(made.len, built->len);
		assert_memory_equal(made.code, built->code, built->len * sizeof *built->code);
	}
	assert_ok(filter_get(&learn, &f, &err), &err);
	for (int nr = 0; nr < 600; nr++) {
		const struct seccomp_data data = { .nr = nr, .arch = filter_at(0)->code[1].k };

		unsigned v = filter_verdict(&f, &data);

		/* Whatever it does not let through waits for the supervisor: nothing escapes the list. */
		assert_true(v == SECCOMP_RET_ALLOW || v == SECCOMP_RET_USER_NOTIF);
	}
}

static void filter_get__tracing__asks_about_questions_and_changes_nothing_else(void **state)
{
	struct error err = { 0 };

	(void)state;
	for (int tier = 1; tier <= 2; tier++) {
		const struct filter_want plain = { .tier = tier, .notify = true, .opens = true };
		const struct filter_want trace = { .tier = tier, .notify = true, .opens = true, .trace = true };
		CLEANUP(filter_program_release) struct filter_program a = { .profile = NULL }, b = { .profile = NULL };

		assert_ok(filter_get(&plain, &a, &err), &err);
		assert_ok(filter_get(&trace, &b, &err), &err);
		for (int nr = 0; nr < 600; nr++) {
			const struct seccomp_data data = { .nr = nr, .arch = filter_at(0)->code[1].k };
			unsigned before = filter_verdict(&a, &data);
			bool is_question = filter_is_traced(nr) && before == SECCOMP_RET_ALLOW;

			assert_int_equal(filter_verdict(&b, &data), is_question ? SECCOMP_RET_USER_NOTIF : before);
		}
		assert_true(filter_is_traced(filter_call_number("newfstatat")));
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(profile__conditions__hold_on_low_bits_and_in_order),
	cmocka_unit_test(profile__what_is_no_profile__is_refused_by_file_and_line),
	cmocka_unit_test(own_profile__optional_calls__are_added),
	cmocka_unit_test(own_profile__whatever_else__is_refused_by_name),
	cmocka_unit_test(shipped_profiles__no_dangerous_call__can_be_added),
	cmocka_unit_test(shipped_profiles__as_texts_and_as_programs__agree),
	cmocka_unit_test(filter_get__tracing__asks_about_questions_and_changes_nothing_else),
};

WB_TEST_MAIN(tests)
