noinst_LIBRARIES += libtracker.a
libtracker_a_SOURCES = \
	tracker/boot.c tracker/boot.h \
	tracker/check.c \
	tracker/core.h \
	tracker/db.c tracker/db.h \
	tracker/edit.c \
	tracker/frame.c tracker/frame.h \
	tracker/get.c \
	tracker/ingest.c tracker/ingest.h \
	tracker/latest.c tracker/latest.h \
	tracker/life.c tracker/life.h \
	tracker/list.c \
	tracker/load.c tracker/load.h \
	tracker/medium.c tracker/medium.h \
	tracker/purge.c \
	tracker/query.h tracker/query_ast.h \
	tracker/query_lex.c tracker/query_lex.h \
	tracker/query_names.c \
	tracker/query_parse.c \
	tracker/query_plan.c tracker/query_plan.h \
	tracker/query_sql.c tracker/query_sql.h \
	tracker/query_value.c tracker/query_value.h \
	tracker/reserve.c tracker/reserve.h \
	tracker/resolve.c \
	tracker/run.c tracker/run.h \
	tracker/schema.c tracker/schema.h \
	tracker/spool.c tracker/spool.h \
	tracker/spool_reader.c \
	tracker/sync.c \
	tracker/tracker.c tracker/tracker.h
libtracker_a_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS)

# What a program that links libtracker.a needs besides.
TRACKER_LIBS = libtracker.a $(SQLITE_LIBS) $(BASE_LIBS)

check_LIBRARIES += libtrackerfixture.a
libtrackerfixture_a_SOURCES = tests/support/tracker_fixture.c tests/support/tracker_fixture.h
TRACKER_TEST_LIBS = libtrackerfixture.a $(TEST_LIBS) $(TRACKER_LIBS)

TRACKER_TESTS = \
	tests/unit/test_tracker_boot \
	tests/unit/test_tracker_check \
	tests/unit/test_tracker_db \
	tests/unit/test_tracker_edit \
	tests/unit/test_tracker_frame \
	tests/unit/test_tracker_get \
	tests/unit/test_tracker_ingest \
	tests/unit/test_tracker_latest \
	tests/unit/test_tracker_life \
	tests/unit/test_tracker_list \
	tests/unit/test_tracker_medium \
	tests/unit/test_tracker_query_lex \
	tests/unit/test_tracker_query_names \
	tests/unit/test_tracker_query_parse \
	tests/unit/test_tracker_query_plan \
	tests/unit/test_tracker_query_sql \
	tests/unit/test_tracker_query_value \
	tests/unit/test_tracker_reserve \
	tests/unit/test_tracker_resolve \
	tests/unit/test_tracker_run \
	tests/unit/test_tracker_schema \
	tests/unit/test_tracker_spool \
	tests/unit/test_tracker_spool_reader \
	tests/unit/test_tracker_sync \
	tests/unit/test_tracker_tracker
check_PROGRAMS += $(TRACKER_TESTS)
TESTS += $(TRACKER_TESTS)
tests_unit_test_tracker_boot_LDADD = $(TRACKER_TEST_LIBS)
tests_unit_test_tracker_check_LDADD = $(TRACKER_TEST_LIBS)
tests_unit_test_tracker_db_LDADD = $(TRACKER_TEST_LIBS)
tests_unit_test_tracker_edit_LDADD = $(TRACKER_TEST_LIBS)
tests_unit_test_tracker_frame_LDADD = $(TRACKER_TEST_LIBS)
tests_unit_test_tracker_get_LDADD = $(TRACKER_TEST_LIBS)
tests_unit_test_tracker_ingest_LDADD = $(TRACKER_TEST_LIBS)
tests_unit_test_tracker_latest_LDADD = $(TRACKER_TEST_LIBS)
tests_unit_test_tracker_life_LDADD = $(TRACKER_TEST_LIBS)
tests_unit_test_tracker_list_LDADD = $(TRACKER_TEST_LIBS)
tests_unit_test_tracker_medium_LDADD = $(TRACKER_TEST_LIBS)
tests_unit_test_tracker_query_lex_LDADD = $(TRACKER_TEST_LIBS)
tests_unit_test_tracker_query_names_LDADD = $(TRACKER_TEST_LIBS)
tests_unit_test_tracker_query_parse_LDADD = $(TRACKER_TEST_LIBS)
tests_unit_test_tracker_query_plan_LDADD = $(TRACKER_TEST_LIBS)
tests_unit_test_tracker_query_sql_LDADD = $(TRACKER_TEST_LIBS)
tests_unit_test_tracker_query_value_LDADD = $(TRACKER_TEST_LIBS)
tests_unit_test_tracker_reserve_LDADD = $(TRACKER_TEST_LIBS)
tests_unit_test_tracker_resolve_LDADD = $(TRACKER_TEST_LIBS)
tests_unit_test_tracker_run_LDADD = $(TRACKER_TEST_LIBS)
tests_unit_test_tracker_schema_LDADD = $(TRACKER_TEST_LIBS)
tests_unit_test_tracker_spool_LDADD = $(TRACKER_TEST_LIBS)
tests_unit_test_tracker_spool_reader_LDADD = $(TRACKER_TEST_LIBS)
tests_unit_test_tracker_sync_LDADD = $(TRACKER_TEST_LIBS)
tests_unit_test_tracker_tracker_LDADD = $(TRACKER_TEST_LIBS)

EXTRA_PROGRAMS += bench/bench_spool bench/bench_runs
bench_bench_spool_SOURCES = bench/bench_spool.c
bench_bench_spool_LDADD = $(TRACKER_LIBS)
bench_bench_runs_SOURCES = bench/bench_runs.c
bench_bench_runs_LDADD = $(TRACKER_LIBS)

# kill -9 at each system call; many processes at once.
check_PROGRAMS += tests/tracker/crash tests/tracker/many
TESTS += tests/tracker/crash tests/tracker/many
tests_tracker_crash_SOURCES = tests/tracker/crash.c
tests_tracker_many_SOURCES = tests/tracker/many.c
tests_tracker_crash_LDADD = libtestcrash.a $(TRACKER_TEST_LIBS)
tests_tracker_many_LDADD = $(TRACKER_TEST_LIBS)

FUZZERS += tests/fuzz/fuzz_frame
tests_fuzz_fuzz_frame_LDADD = $(FUZZ_LIBS) $(TRACKER_LIBS)
