noinst_LIBRARIES += libsandbox.a
libsandbox_a_SOURCES = \
	sandbox/apply.c sandbox/apply.h \
	sandbox/bpf.c sandbox/bpf.h \
	sandbox/cgroup.c sandbox/cgroup.h \
	sandbox/confine.c sandbox/init.c sandbox/landlock.c sandbox/mounts.c sandbox/newroot.c sandbox/newroot.h sandbox/setup.h sandbox/stdio.c sandbox/tree.c \
	sandbox/filter.c sandbox/filter.h \
	sandbox/filter_compile.c sandbox/filter_compile.h \
	sandbox/gpu.c sandbox/gpu_show.c sandbox/gpu.h \
	sandbox/interp.c sandbox/interp_ambient.c sandbox/interp_guard.c sandbox/interp_pyenv.c sandbox/interp_python.c sandbox/interp_site.c sandbox/interp.h \
	sandbox/interp_parts.h \
	sandbox/landlock_abi.c sandbox/landlock_abi.h \
	sandbox/layout.c sandbox/layout.h \
	sandbox/notify.c sandbox/notify_decode.c sandbox/notify_look.c sandbox/notify_mediate.c \
	sandbox/notify_comm.c sandbox/notify_own.c sandbox/notify_shm.c sandbox/notify_signal.c \
	sandbox/notify.h sandbox/notify_parts.h \
	sandbox/plan.c sandbox/plan_json.c sandbox/plan.h \
	sandbox/probe.c sandbox/probe.h \
	sandbox/profile.c sandbox/profile_names.c sandbox/profile.h \
	sandbox/pty.c sandbox/pty.h \
	sandbox/scope.c sandbox/scope.h \
	sandbox/selftest.c sandbox/selftest_probes.c sandbox/selftest.h sandbox/selftest_parts.h \
	sandbox/usage.c sandbox/usage.h sandbox/usage_shm.c

# The seccomp programs are compiled at build time; nothing links libseccomp but this generator.
noinst_PROGRAMS += sandbox/filter_gen
sandbox_filter_gen_SOURCES = sandbox/filter_gen.c sandbox/filter_compile.c sandbox/filter_compile.h \
	sandbox/profile.c sandbox/profile_names.c sandbox/profile.h
sandbox_filter_gen_CPPFLAGS = $(AM_CPPFLAGS) $(SECCOMP_CFLAGS)
sandbox_filter_gen_LDADD = $(SECCOMP_LIBS) $(BASE_LIBS)

# The first is the one that runs get; others may include it.
SANDBOX_PROFILES = $(srcdir)/sandbox/profiles/ml.profile $(srcdir)/sandbox/profiles/compat.profile
EXTRA_DIST += $(SANDBOX_PROFILES)
sandbox/filter_table.inc: sandbox/filter_gen$(EXEEXT) $(SANDBOX_PROFILES)
	$(AM_V_GEN)sandbox/filter_gen$(EXEEXT) $(SANDBOX_PROFILES) > $@.tmp && mv $@.tmp $@
sandbox/filter.$(OBJEXT): sandbox/filter_table.inc
CLEANFILES += sandbox/filter_table.inc

# The only program that links libsystemd; it stands beside wb.
if HAVE_LIBSYSTEMD
pkglibexec_PROGRAMS += wb-scope
endif
wb_scope_SOURCES = sandbox/scope_main.c
wb_scope_CPPFLAGS = $(AM_CPPFLAGS) $(SYSTEMD_CFLAGS)
wb_scope_LDADD = $(BASE_LIBS) $(SYSTEMD_LIBS)
wb_scope_LDFLAGS = $(AM_LDFLAGS) $(WB_PROGRAM_LDFLAGS)

# What a program that links libsandbox.a needs besides.
SANDBOX_LIBS = libsandbox.a $(BASE_LIBS)

check_PROGRAMS += tests/sandbox/launch
tests_sandbox_launch_SOURCES = tests/sandbox/launch.c
tests_sandbox_launch_LDADD = $(SANDBOX_LIBS)

# Starts in a row and at once, and what is left of them.
check_PROGRAMS += tests/sandbox/starts
# Many starts of the confined, whose own lines nobody can count: a build for coverage may leave them out.
SANDBOX_TRIALS = tests/sandbox/battery tests/sandbox/sweep tests/sandbox/starts
TESTS += $(SANDBOX_TRIALS)
tests_sandbox_starts_SOURCES = tests/sandbox/starts.c tests/sandbox/world.c tests/sandbox/world.h
tests_sandbox_starts_LDADD = $(SANDBOX_LIBS)

# Each system call of a launch fails in turn.
check_PROGRAMS += tests/sandbox/sweep
tests_sandbox_sweep_SOURCES = tests/sandbox/sweep.c tests/sandbox/world.c tests/sandbox/world.h
tests_sandbox_sweep_LDADD = $(SANDBOX_LIBS)

# The attacks, run inside by the program that watches them from outside.
check_PROGRAMS += tests/sandbox/battery
TESTS += tests/sandbox/page.sh
EXTRA_DIST += tests/sandbox/page.sh tests/sandbox/catalogue.txt docs/sandbox.md
tests_sandbox_battery_SOURCES = tests/sandbox/battery.c tests/sandbox/attack.h tests/sandbox/world.c tests/sandbox/world.h \
	tests/sandbox/attack_files.c tests/sandbox/attack_owner.c tests/sandbox/attack_net.c \
	tests/sandbox/attack_kernel.c tests/sandbox/attack_calls.c tests/sandbox/attack_procs.c tests/sandbox/needs.c
tests_sandbox_battery_LDADD = $(SANDBOX_LIBS)

SANDBOX_TESTS = \
	tests/unit/test_sandbox_bpf \
	tests/unit/test_sandbox_cgroup \
	tests/unit/test_sandbox_filter \
	tests/unit/test_sandbox_gpu \
	tests/unit/test_sandbox_interp \
	tests/unit/test_sandbox_landlock_abi \
	tests/unit/test_sandbox_plan \
	tests/unit/test_sandbox_profile \
	tests/unit/test_sandbox_scope \
	tests/unit/test_sandbox_selftest \
	tests/unit/test_sandbox_pty
check_PROGRAMS += $(SANDBOX_TESTS)
TESTS += $(SANDBOX_TESTS)
tests_unit_test_sandbox_cgroup_LDADD = $(TEST_LIBS) $(SANDBOX_LIBS)
tests_unit_test_sandbox_bpf_LDADD = $(TEST_LIBS) $(SANDBOX_LIBS)
tests_unit_test_sandbox_filter_LDADD = $(TEST_LIBS) $(SANDBOX_LIBS)
tests_unit_test_sandbox_gpu_LDADD = $(TEST_LIBS) $(SANDBOX_LIBS)
tests_unit_test_sandbox_interp_LDADD = $(TEST_LIBS) $(SANDBOX_LIBS)
tests_unit_test_sandbox_plan_LDADD = $(TEST_LIBS) $(SANDBOX_LIBS)
tests_unit_test_sandbox_profile_LDADD = $(TEST_LIBS) $(SANDBOX_LIBS)
tests_unit_test_sandbox_pty_LDADD = $(TEST_LIBS) $(SANDBOX_LIBS)
tests_unit_test_sandbox_landlock_abi_LDADD = $(TEST_LIBS) $(SANDBOX_LIBS)
tests_unit_test_sandbox_scope_LDADD = $(TEST_LIBS) $(SANDBOX_LIBS)
tests_unit_test_sandbox_selftest_LDADD = $(TEST_LIBS) $(SANDBOX_LIBS)

FUZZERS += tests/fuzz/fuzz_plan tests/fuzz/fuzz_notify
tests_fuzz_fuzz_plan_LDADD = $(FUZZ_LIBS) $(SANDBOX_LIBS)
tests_fuzz_fuzz_notify_LDADD = $(FUZZ_LIBS) $(SANDBOX_LIBS)
