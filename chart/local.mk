noinst_LIBRARIES += libchart.a
libchart_a_SOURCES = \
	chart/chart.h \
	chart/draw.c \
	chart/lines.c chart/lines.h \
	chart/scale.c chart/scale.h \
	chart/svg.c

# What a program that links libchart.a needs besides.
CHART_LIBS = libchart.a $(BASE_LIBS)

CHART_TESTS = \
	tests/unit/test_chart_draw \
	tests/unit/test_chart_lines \
	tests/unit/test_chart_scale \
	tests/unit/test_chart_svg
check_PROGRAMS += $(CHART_TESTS)
TESTS += $(CHART_TESTS)
tests_unit_test_chart_draw_LDADD = $(TEST_LIBS) $(CHART_LIBS)
tests_unit_test_chart_lines_LDADD = $(TEST_LIBS) $(CHART_LIBS)
tests_unit_test_chart_scale_LDADD = $(TEST_LIBS) $(CHART_LIBS)
tests_unit_test_chart_svg_LDADD = $(TEST_LIBS) $(CHART_LIBS)
