noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	base/banned.h \
	base/bigend.h \
	base/buf.c base/buf.h \
	base/cleanup.h \
	base/clock.c base/clock.h \
	base/confine.c base/confine.h \
	base/digest.c base/digest.h \
	base/error.c base/error.h \
	base/fdpass.c base/fdpass.h \
	base/fs.c base/fs.h \
	base/human.c base/human.h \
	base/jval.c base/jval.h \
	base/limits.h \
	base/log.c base/log.h \
	base/loop.c base/loop.h \
	base/mem.c base/mem.h \
	base/openssl.h \
	base/part.c base/part.h \
	base/pubkey.c base/pubkey.h base/pubkey_chain.c \
	base/signkey.c base/signkey.h \
	base/str.c base/str.h \
	base/sys.c base/sys.h \
	base/text.c base/text.h \
	base/uuid.c base/uuid.h \
	base/vtfilter.c base/vtfilter.h
libbase_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(CRYPTO_CFLAGS)

# What a program that links libbase.a needs besides.
BASE_LIBS = libbase.a $(JANSSON_LIBS) $(CRYPTO_LIBS) -lm

BASE_TESTS = \
	tests/unit/test_base_buf \
	tests/unit/test_base_clock \
	tests/unit/test_base_digest \
	tests/unit/test_base_error \
	tests/unit/test_base_fdpass \
	tests/unit/test_base_fs \
	tests/unit/test_base_human \
	tests/unit/test_base_jval \
	tests/unit/test_base_log \
	tests/unit/test_base_loop \
	tests/unit/test_base_mem \
	tests/unit/test_base_part \
	tests/unit/test_base_pubkey \
	tests/unit/test_base_signkey \
	tests/unit/test_base_str \
	tests/unit/test_base_sys \
	tests/unit/test_base_text \
	tests/unit/test_base_uuid \
	tests/unit/test_base_vtfilter
check_PROGRAMS += $(BASE_TESTS)
TESTS += $(BASE_TESTS)
tests_unit_test_base_buf_LDADD = $(TEST_LIBS) $(BASE_LIBS)
tests_unit_test_base_clock_LDADD = $(TEST_LIBS) $(BASE_LIBS)
tests_unit_test_base_digest_LDADD = $(TEST_LIBS) $(BASE_LIBS)
tests_unit_test_base_error_LDADD = $(TEST_LIBS) $(BASE_LIBS)
tests_unit_test_base_fdpass_LDADD = $(TEST_LIBS) $(BASE_LIBS)
tests_unit_test_base_fs_LDADD = $(TEST_LIBS) $(BASE_LIBS)
tests_unit_test_base_human_LDADD = $(TEST_LIBS) $(BASE_LIBS)
tests_unit_test_base_jval_LDADD = $(TEST_LIBS) $(BASE_LIBS)
tests_unit_test_base_log_LDADD = $(TEST_LIBS) $(BASE_LIBS)
tests_unit_test_base_loop_LDADD = $(TEST_LIBS) $(BASE_LIBS)
tests_unit_test_base_mem_LDADD = $(TEST_LIBS) $(BASE_LIBS)
tests_unit_test_base_part_LDADD = $(TEST_LIBS) $(BASE_LIBS)
tests_unit_test_base_pubkey_LDADD = $(TEST_LIBS) $(BASE_LIBS)
tests_unit_test_base_signkey_LDADD = $(TEST_LIBS) $(BASE_LIBS)
tests_unit_test_base_str_LDADD = $(TEST_LIBS) $(BASE_LIBS)
tests_unit_test_base_sys_LDADD = $(TEST_LIBS) $(BASE_LIBS)
tests_unit_test_base_text_LDADD = $(TEST_LIBS) $(BASE_LIBS)
tests_unit_test_base_uuid_LDADD = $(TEST_LIBS) $(BASE_LIBS)
tests_unit_test_base_vtfilter_LDADD = $(TEST_LIBS) $(BASE_LIBS)

FUZZERS += tests/fuzz/fuzz_jval tests/fuzz/fuzz_text tests/fuzz/fuzz_vtfilter
tests_fuzz_fuzz_jval_LDADD = $(FUZZ_LIBS) $(BASE_LIBS)
tests_fuzz_fuzz_text_LDADD = $(FUZZ_LIBS) $(BASE_LIBS)
tests_fuzz_fuzz_vtfilter_LDADD = $(FUZZ_LIBS) $(BASE_LIBS)
