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

STYLE_FILES = tests/style/style.tap tests/style/code.awk tests/style/budgets.awk tests/style/layers.txt \
	tests/style/libraries.txt tests/style/globals.allow tests/style/allow.txt
TESTS += tests/style/style.tap
EXTRA_DIST += $(STYLE_FILES) tests/support/tap.sh

TEST_EXTENSIONS = .sh .tap
TAP_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh --merge
LOG_DRIVER = $(TAP_DRIVER)
LOG_COMPILER = $(SHELL) $(top_srcdir)/tests/support/tap.sh
TAP_LOG_DRIVER = $(TAP_DRIVER)
AM_TESTS_ENVIRONMENT = \
	WB_TEST_SRCDIR='$(abs_top_srcdir)'; export WB_TEST_SRCDIR; \
	WB_TEST_BUILDDIR='$(abs_top_builddir)'; export WB_TEST_BUILDDIR; \
	WB_TEST_CC='$(CC) $(HDF5_CFLAGS)'; export WB_TEST_CC; \
	LC_ALL=C.UTF-8; export LC_ALL; TZ=UTC; export TZ;
