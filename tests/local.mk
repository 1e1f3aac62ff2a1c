# What every test program may use. A unit test is three lines in its folder's local.mk:
#
#   check_PROGRAMS += tests/unit/test_base_buf
#   TESTS += tests/unit/test_base_buf
#   tests_unit_test_base_buf_LDADD = $(TEST_LIBS) $(BASE_LIBS)
#
# (tests/unit/test_base_buf.c is its source by name.) Programs speak TAP; .tap scripts too;
# .sh scripts answer by their exit status: 0, 77 skipped (the reason printed), else failed.
check_LIBRARIES += libtestsupport.a
libtestsupport_a_SOURCES = tests/support/wb_test.c tests/support/wb_test.h
libtestsupport_a_CPPFLAGS = $(AM_CPPFLAGS) \
	-DWB_TEST_SRCDIR='"$(abs_top_srcdir)"' -DWB_TEST_BUILDDIR='"$(abs_top_builddir)"'

TEST_LIBS = libtestsupport.a $(CMOCKA_LIBS)

# For tests that kill processes at system calls: libtestcrash.a $(TEST_LIBS).
check_LIBRARIES += libtestcrash.a
libtestcrash_a_SOURCES = tests/support/crash.c tests/support/crash.h

STYLE_FILES = tests/style/style.tap tests/style/code.awk tests/style/budgets.awk tests/style/layers.txt \
	tests/style/libraries.txt tests/style/globals.allow tests/style/allow.txt
# What looks at the sources alone, whatever they are built with.
SOURCE_TESTS = tests/style/style.tap
TESTS += $(SOURCE_TESTS)
EXTRA_DIST += $(STYLE_FILES) tests/support/tap.sh tests/support/suite.sh tests/support/coverage.sh

TEST_EXTENSIONS = .sh .tap
TAP_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh --merge
LOG_DRIVER = $(TAP_DRIVER)
LOG_COMPILER = $(SHELL) $(top_srcdir)/tests/support/tap.sh
TAP_LOG_DRIVER = $(TAP_DRIVER)
TAP_LOG_COMPILER = sh
SH_LOG_COMPILER = timeout --kill-after=10 900 sh
AM_TESTS_ENVIRONMENT = \
	WB_TEST_SRCDIR='$(abs_top_srcdir)'; export WB_TEST_SRCDIR; \
	WB_TEST_BUILDDIR='$(abs_top_builddir)'; export WB_TEST_BUILDDIR; \
	WB_TEST_CC='$(CC) $(HDF5_CFLAGS)'; export WB_TEST_CC; \
	LC_ALL=C.UTF-8; export LC_ALL; TZ=UTC; export TZ;

# The command-line goldens (tests/cli/README.md) and the journeys, each a script of its own.
TESTS += tests/cli/goldens.tap
EXTRA_DIST += tests/support/place.sh tests/support/installed.sh
JOURNEYS = \
	tests/journey/killed.sh \
	tests/journey/limits.sh \
	tests/journey/ending.sh \
	tests/journey/environments.sh \
	tests/journey/cgroup.sh \
	tests/journey/scope.sh \
	tests/journey/abuse.sh \
	tests/journey/login.sh \
	tests/journey/starts.sh \
	tests/journey/team_folder.sh \
	tests/journey/bad_input.sh \
	tests/journey/doctor.sh \
	tests/journey/bundle.sh \
	tests/journey/trash.sh \
	tests/journey/confined.sh \
	tests/journey/detached.sh \
	tests/journey/diode.sh \
	tests/journey/digits.sh \
	tests/journey/full_disk.sh \
	tests/journey/gpus.sh \
	tests/journey/life.sh \
	tests/journey/network.sh \
	tests/journey/network_names.sh \
	tests/journey/network_tls.sh \
	tests/journey/network_clients.sh \
	tests/journey/network_upstream.sh \
	tests/journey/policy.sh \
	tests/journey/readme.sh \
	tests/journey/replay.sh \
	tests/journey/site_policy.sh \
	tests/journey/shell.sh \
	tests/journey/tour.sh \
	tests/journey/terminal.sh \
	tests/journey/tui_browse.sh \
	tests/journey/tui_live.sh \
	tests/journey/tui_terminal.sh
TESTS += $(JOURNEYS)

# On a machine with a GPU; elsewhere skipped.
TESTS += tests/gpu/real.sh
EXTRA_DIST += tests/gpu/real.sh

# Files that mean harm, made by a script.
TESTS += tests/corpus/hostile.sh
EXTRA_DIST += tests/corpus/hostile.sh tests/corpus/make_hostile.py

# A fuzz target is two lines in its folder's local.mk, and seeds in tests/fuzz/corpus/jval/:
#
#   FUZZERS += tests/fuzz/fuzz_jval
#   tests_fuzz_fuzz_jval_LDADD = $(FUZZ_LIBS) $(BASE_LIBS)
FUZZERS =
check_PROGRAMS += $(FUZZERS)
EXTRA_DIST += tests/fuzz/fuzz.h tests/fuzz/corpus tests/fuzz/policy.dict
if ENABLE_FUZZERS
FUZZ_LIBS = $(FUZZ_ENGINE)
else
FUZZ_LIBS = libfuzzreplay.a
TESTS += $(FUZZERS)
check_LIBRARIES += libfuzzreplay.a
libfuzzreplay_a_SOURCES = tests/fuzz/replay.c
libfuzzreplay_a_CPPFLAGS = $(AM_CPPFLAGS) -DWB_TEST_SRCDIR='"$(abs_top_srcdir)"'
endif

# Each target for FUZZ_SECONDS, from its seeds, FUZZ_JOBS at a time. What it finds stays in build/fuzz-found/.
FUZZ_SECONDS = 10
FUZZ_JOBS = 1
EXTRA_DIST += tests/support/fuzz.sh
fuzz: $(FUZZERS)
if ENABLE_FUZZERS
	@$(MKDIR_P) fuzz-found
	@printf '%s\n' $(FUZZERS) | xargs -P $(FUZZ_JOBS) -n 1 sh $(srcdir)/tests/support/fuzz.sh \
		$(FUZZ_SECONDS) $(abs_top_srcdir)/tests/fuzz/corpus
else
	@echo "make fuzz needs a build with libFuzzer: ../configure CC=clang --enable-fuzzers --enable-sanitizers" >&2; exit 1
endif
.PHONY: fuzz

# What must work inside a run, of what this machine has: docs/workloads.md.
EXTRA_DIST += tests/workloads/workloads.tap tests/workloads/workload.py tests/workloads/openmp.c \
	tests/workloads/Work.java tests/workloads/work.js tests/workloads/work.R docs/workloads.md
check-workloads: all
	$(MAKE) $(AM_MAKEFLAGS) check TESTS=tests/workloads/workloads.tap
.PHONY: check-workloads

coverage:
if ENABLE_COVERAGE
	find . -name '*.gcda' -exec rm -f {} +
	-WB_KILLS=$${WB_KILLS-12} $(MAKE) $(AM_MAKEFLAGS) check
	@sh $(srcdir)/tests/support/coverage.sh . $(abs_top_srcdir)
else
	@echo "make coverage needs a build made for it: ../configure --enable-coverage" >&2; exit 1
endif
.PHONY: coverage

# Folders that hold logs in the build tree are copied from the source tree alone.
dist-hook:
	for d in tests/cli tests/journey tests/tui; do \
		$(MKDIR_P) $(distdir)/$$d && cp -p $(srcdir)/$$d/* $(distdir)/$$d/ || exit 1; \
	done

# What was installed works from where it was installed.
installcheck-local:
	WB_INSTALLED=$(DESTDIR)$(bindir)/wb sh $(srcdir)/tests/support/installed.sh
