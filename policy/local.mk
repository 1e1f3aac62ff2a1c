noinst_LIBRARIES += libpolicy.a
libpolicy_a_SOURCES = \
	policy/ask.c policy/ask.h \
	policy/ast.c policy/ast.h \
	policy/bigint.c policy/bigint.h \
	policy/builtin.c policy/builtin.h \
	policy/builtin_encode.c \
	policy/builtin_num.c \
	policy/builtin_object.c \
	policy/builtin_string.c \
	policy/compile.h \
	policy/contract.c policy/contract.h \
	policy/diag.c policy/diag.h \
	policy/decide.c \
	policy/eval.c policy/eval.h policy/eval_doc.c \
	policy/explain.c \
	policy/json.c \
	policy/lex.c policy/lex.h \
	policy/lint.c policy/lint_ask.c \
	policy/lower.c policy/lower.h policy/lower_rule.c policy/lower_term.c \
	policy/miss.c \
	policy/negate.c \
	policy/num.c policy/num.h \
	policy/order.c \
	policy/parse.c policy/parse.h policy/parse_rule.c policy/parse_term.c \
	policy/policy.c policy/policy.h \
	policy/program.h \
	policy/query.c \
	policy/resolve.c \
	policy/sprintf.c policy/sprintf.h \
	policy/tree.c \
	policy/types.c \
	policy/unicode.c policy/unicode.h \
	policy/value.c policy/value.h

# The starter policy is a plain Rego file in the tree, and a text in the library.
nodist_libpolicy_a_SOURCES = policy/starter.c
policy/starter.c: policy/starter.rego policy/embed.awk
	$(AM_V_GEN)$(MKDIR_P) policy && LC_ALL=C $(AWK) -v name=policy_starter_text -v header=policy/policy.h \
		-f $(srcdir)/policy/embed.awk $(srcdir)/policy/starter.rego > $@.tmp && mv $@.tmp $@
CLEANFILES += policy/starter.c
EXTRA_DIST += policy/starter.rego policy/embed.awk

check_PROGRAMS += tests/policy/suite
TESTS += tests/policy/suite
tests_policy_suite_SOURCES = tests/policy/suite.c
tests_policy_suite_LDADD = libpolicy.a $(BASE_LIBS)

POLICY_TESTS = \
	tests/unit/test_policy_contract \
	tests/unit/test_policy_decide \
	tests/unit/test_policy_diag \
	tests/unit/test_policy_lint_ask \
	tests/unit/test_policy_starter
check_PROGRAMS += $(POLICY_TESTS)
TESTS += $(POLICY_TESTS)
tests_unit_test_policy_contract_LDADD = $(TEST_LIBS) libpolicy.a $(BASE_LIBS)
tests_unit_test_policy_decide_LDADD = $(TEST_LIBS) libpolicy.a $(BASE_LIBS)
tests_unit_test_policy_diag_LDADD = $(TEST_LIBS) libpolicy.a $(BASE_LIBS)
tests_unit_test_policy_lint_ask_LDADD = $(TEST_LIBS) libpolicy.a $(BASE_LIBS)
tests_unit_test_policy_starter_LDADD = $(TEST_LIBS) libpolicy.a $(BASE_LIBS)

FUZZERS += tests/fuzz/fuzz_policy
tests_fuzz_fuzz_policy_LDADD = $(FUZZ_LIBS) libpolicy.a $(BASE_LIBS)
