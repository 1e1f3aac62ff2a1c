# The full screen without its terminal: what tests drive.
noinst_LIBRARIES += libtui.a
libtui_a_SOURCES = \
	tui/action.c tui/action.h \
	tui/app.c tui/app.h tui/app_parts.h \
	tui/app_do.c \
	tui/app_draw.c \
	tui/app_prompt.c \
	tui/columns.c tui/columns.h \
	tui/key.c tui/key.h \
	tui/list.c tui/list.h \
	tui/model.c tui/model.h tui/model_parts.h \
	tui/model_run.c \
	tui/page_lines.c \
	tui/pen.h \
	tui/perform.c tui/perform.h \
	tui/prefs.c tui/prefs.h \
	tui/prompt.c tui/prompt.h \
	tui/run_charts.c \
	tui/run_files.c \
	tui/run_log.c \
	tui/run_explain.c tui/run_overview.c \
	tui/run_page.h \
	tui/screen.c tui/screen.h \
	tui/view.c tui/view.h \
	tui/view_columns.c \
	tui/view_compare.c \
	tui/view_help.c \
	tui/view_run.c \
	tui/view_runs.c
TUI_LIBS = libtui.a libchart.a $(ENGINE_LIBS)

# The program: a process of its own, so that nothing else of wb loads ncurses (docs/adr). `wb` becomes it.
pkglibexec_PROGRAMS += wb-tui
wb_tui_SOURCES = \
	tui/main.c \
	tui/session.c tui/session.h \
	tui/term.h \
	tui/term_curses.c \
	tui/worker.c tui/worker.h
wb_tui_CPPFLAGS = $(AM_CPPFLAGS) $(CURSES_CFLAGS)
wb_tui_LDFLAGS = $(AM_LDFLAGS) $(WB_PROGRAM_LDFLAGS)
wb_tui_LDADD = $(TUI_LIBS) $(CURSES_LIBS)

check_PROGRAMS += tests/support/tui_drive tests/support/tui_store
tests_support_tui_drive_LDADD = $(TUI_LIBS)
tests_support_tui_store_SOURCES = tests/support/tui_store.c tests/support/tui_fixture.c tests/support/tui_fixture.h
tests_support_tui_store_LDADD = libengine.a $(TRACKER_LIBS)
TESTS += tests/tui/goldens.tap

TUI_TESTS = \
	tests/unit/test_tui_action \
	tests/unit/test_tui_columns \
	tests/unit/test_tui_list \
	tests/unit/test_tui_perform \
	tests/unit/test_tui_prefs \
	tests/unit/test_tui_prompt \
	tests/unit/test_tui_random \
	tests/unit/test_tui_screen
check_PROGRAMS += $(TUI_TESTS)
TESTS += $(TUI_TESTS)
tests_unit_test_tui_action_LDADD = $(TEST_LIBS) $(TUI_LIBS)
tests_unit_test_tui_columns_LDADD = $(TEST_LIBS) $(TUI_LIBS)
tests_unit_test_tui_list_LDADD = $(TEST_LIBS) $(TUI_LIBS)
tests_unit_test_tui_perform_SOURCES = tests/unit/test_tui_perform.c tests/support/tui_fixture.c
tests_unit_test_tui_perform_LDADD = $(TEST_LIBS) $(TUI_LIBS)
tests_unit_test_tui_prefs_LDADD = $(TEST_LIBS) $(TUI_LIBS)
tests_unit_test_tui_prompt_LDADD = $(TEST_LIBS) $(TUI_LIBS)
tests_unit_test_tui_random_SOURCES = tests/unit/test_tui_random.c tests/support/tui_fixture.c
tests_unit_test_tui_random_LDADD = $(TEST_LIBS) $(TUI_LIBS)
tests_unit_test_tui_screen_LDADD = $(TEST_LIBS) $(TUI_LIBS)
