noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	base/banned.h \
	base/buf.c base/buf.h \
	base/cleanup.h \
	base/clock.c base/clock.h \
	base/digest.c base/digest.h \
	base/error.c base/error.h \
	base/fs.c base/fs.h \
	base/jval.c base/jval.h \
	base/limits.h \
	base/log.c base/log.h \
	base/loop.c base/loop.h \
	base/mem.c base/mem.h \
	base/str.c base/str.h \
	base/sys.c base/sys.h \
	base/text.c base/text.h \
	base/uuid.c base/uuid.h
libbase_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(CRYPTO_CFLAGS)

# What a program that links libbase.a needs besides.
BASE_LIBS = libbase.a $(JANSSON_LIBS) $(CRYPTO_LIBS) -lm

check_PROGRAMS += tests/unit/test_base_buf
TESTS += tests/unit/test_base_buf
tests_unit_test_base_buf_LDADD = $(TEST_LIBS) $(BASE_LIBS)
