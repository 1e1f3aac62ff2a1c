noinst_LIBRARIES += libpolicy.a
libpolicy_a_SOURCES = \
	policy/again.h \
	policy/ask.c policy/ask.h \
	policy/ast.c policy/ast.h \
	policy/base64.c policy/base64.h \
	policy/bigint.c policy/bigint.h \
	policy/codes.c \
	policy/builtin.c policy/builtin.h \
	policy/builtin_cert.c policy/builtin_x509.c policy/builtin_x509.h \
	policy/builtin_encode.c \
	policy/builtin_globs.c \
	policy/builtin_graphql.c \
	policy/builtin_jwt.c \
	policy/builtin_module.c \
	policy/builtin_net.c \
	policy/builtin_num.c \
	policy/builtin_object.c \
	policy/builtin_patch.c \
	policy/builtin_pkey.c \
	policy/builtin_regex.c \
	policy/builtin_request.c \
	policy/builtin_schema.c \
	policy/builtin_sign.c \
	policy/builtin_string.c \
	policy/builtin_time.c \
	policy/builtin_template.c \
	policy/builtin_units.c \
	policy/builtin_uri.c \
	policy/builtin_yaml.c \
	policy/capabilities.c policy/capabilities.h \
	policy/compile.h \
	policy/cover.c policy/cover.h \
	policy/contract.c policy/contract.h \
	policy/der.c policy/der.h \
	policy/diag.c policy/diag.h \
	policy/decide.c \
	policy/eval.c policy/eval.h policy/eval_doc.c \
	policy/explain.c \
	policy/graphql.c policy/graphql.h policy/graphql_ast.h \
	policy/graphql_lex.c policy/graphql_lex.h \
	policy/graphql_parse.c policy/graphql_parse.h policy/graphql_sdl.c \
	policy/graphql_prelude.c policy/graphql_schema.c policy/graphql_schema.h policy/graphql_types.c \
	policy/graphql_rules.h policy/graphql_walk.c policy/graphql_rules.c policy/graphql_values.c policy/graphql_merge.c policy/graphql_paths.c \
	policy/graphql_tree.c \
	policy/index.c policy/index.h \
	policy/infer.c policy/infer.h \
	policy/fix.c \
	policy/fields.c policy/fields.h \
	policy/fmt.c policy/fmt.h \
	policy/json.c \
	policy/lex.c policy/lex.h \
	policy/lint.c policy/lint_ask.c policy/lint_body.c \
	policy/lower.c policy/lower.h policy/lower_rule.c policy/lower_term.c \
	policy/metadata.c policy/metadata.h \
	policy/miss.c \
	policy/module_tree.c policy/module_tree.h \
	policy/moment.c policy/moment.h \
	policy/negate.c \
	policy/num.c policy/num.h \
	policy/order.c \
	policy/parse.c policy/parse.h policy/parse_parts.h policy/parse_rule.c policy/parse_template.c policy/parse_term.c \
	policy/policy.c policy/policy.h \
	policy/program.h \
	policy/query.c \
	policy/regex.c policy/regex.h policy/regex_class.c policy/regex_read.h policy/regex_run.c \
	policy/resolve.c \
	policy/schema.c policy/schema.h policy/schema_match.c \
	policy/signature.c \
	policy/sprintf.c policy/sprintf.h \
	policy/template_call.c policy/template_call.h \
	policy/testing.c policy/testing.h \
	policy/trace.c policy/trace.h \
	policy/tree.c \
	policy/type.c policy/type.h \
	policy/unicode.c policy/unicode.h policy/unicode_kinds.c \
	policy/uri.c policy/uri.h \
	policy/value.c policy/value.h \
	policy/ways.c \
	policy/x509_extensions.c \
	policy/zone.c policy/zone.h

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
tests_policy_suite_LDADD = $(ENGINE_LIBS)
EXTRA_DIST += tests/policy/known_failing.txt

# Queries and their answers.
check_PROGRAMS += tests/policy/cases_test
TESTS += tests/policy/cases_test
tests_policy_cases_test_SOURCES = tests/policy/cases.c
tests_policy_cases_test_LDADD = $(ENGINE_LIBS)
EXTRA_DIST += tests/policy/cases

# Wrong policies and what is said about them.
check_PROGRAMS += tests/policy/errors_test
TESTS += tests/policy/errors_test
tests_policy_errors_test_SOURCES = tests/policy/errors.c
tests_policy_errors_test_LDADD = libpolicy.a $(BASE_LIBS)
EXTRA_DIST += tests/policy/errors

# Policies made up from numbers, and what holds of all of them.
check_LIBRARIES += libpolicygen.a
libpolicygen_a_SOURCES = tests/support/policy_gen.c tests/support/policy_gen.h tests/support/policy_gen_inside.h \
	tests/support/policy_gen_rules.c
check_PROGRAMS += tests/policy/programs
TESTS += tests/policy/programs
tests_policy_programs_SOURCES = tests/policy/programs.c
tests_policy_programs_LDADD = libpolicygen.a libpolicy.a $(BASE_LIBS)

# The same policies under another evaluator, where one is installed. Skipped elsewhere.
TESTS += tests/policy/interop.sh
EXTRA_DIST += tests/policy/interop.sh tests/policy/interop
check-interop: all
	$(MAKE) $(AM_MAKEFLAGS) check TESTS=tests/policy/interop.sh
.PHONY: check-interop

# What the tests of policies share: one line a policy.
check_LIBRARIES += libtestpolicy.a
libtestpolicy_a_SOURCES = tests/support/policy_case.c tests/support/policy_case.h

POLICY_TESTS = \
	tests/unit/test_policy_ask \
	tests/unit/test_policy_bigint \
	tests/unit/test_policy_builtin \
	tests/unit/test_policy_builtin_cert \
	tests/unit/test_policy_builtin_jwt \
	tests/unit/test_policy_builtin_module \
	tests/unit/test_policy_builtin_schema \
	tests/unit/test_policy_builtin_template \
	tests/unit/test_policy_graphql_parse \
	tests/unit/test_policy_graphql_rules \
	tests/unit/test_policy_graphql_schema \
	tests/unit/test_policy_metadata \
	tests/unit/test_policy_builtin_more \
	tests/unit/test_policy_codes \
	tests/unit/test_policy_contract \
	tests/unit/test_policy_decide \
	tests/unit/test_policy_diag \
	tests/unit/test_policy_eval \
	tests/unit/test_policy_eval_doc \
	tests/unit/test_policy_explain \
	tests/unit/test_policy_fmt \
	tests/unit/test_policy_testing \
	tests/unit/test_policy_json \
	tests/unit/test_policy_lex \
	tests/unit/test_policy_lint \
	tests/unit/test_policy_lint_ask \
	tests/unit/test_policy_negate \
	tests/unit/test_policy_num \
	tests/unit/test_policy_order \
	tests/unit/test_policy_parse \
	tests/unit/test_policy_parse_rule \
	tests/unit/test_policy_parse_term \
	tests/unit/test_policy_policy \
	tests/unit/test_policy_query \
	tests/unit/test_policy_regex \
	tests/unit/test_policy_resolve \
	tests/unit/test_policy_sprintf \
	tests/unit/test_policy_starter \
	tests/unit/test_policy_tree \
	tests/unit/test_policy_index \
	tests/unit/test_policy_infer \
	tests/unit/test_policy_unicode \
	tests/unit/test_policy_value \
	tests/unit/test_policy_zone
check_PROGRAMS += $(POLICY_TESTS)
TESTS += $(POLICY_TESTS)
POLICY_TEST_LIBS = libtestpolicy.a $(TEST_LIBS) libpolicy.a $(BASE_LIBS)
tests_unit_test_policy_ask_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_bigint_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_builtin_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_builtin_jwt_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_builtin_module_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_builtin_schema_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_builtin_template_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_graphql_parse_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_graphql_rules_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_graphql_schema_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_metadata_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_policy_builtin_cert_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_builtin_more_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_codes_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_contract_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_decide_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_diag_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_eval_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_eval_doc_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_explain_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_fmt_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_testing_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_json_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_lex_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_lint_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_lint_ask_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_negate_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_num_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_order_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_parse_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_parse_rule_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_parse_term_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_policy_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_query_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_regex_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_resolve_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_sprintf_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_starter_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_tree_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_index_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_infer_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_unicode_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_value_LDADD = $(POLICY_TEST_LIBS)
tests_unit_test_policy_zone_LDADD = $(POLICY_TEST_LIBS)

FUZZERS += tests/fuzz/fuzz_policy_tools
tests_fuzz_fuzz_policy_tools_LDADD = $(FUZZ_LIBS) libpolicy.a $(BASE_LIBS)
FUZZERS += tests/fuzz/fuzz_policy tests/fuzz/fuzz_polvalue tests/fuzz/fuzz_polregex tests/fuzz/fuzz_graphql
tests_fuzz_fuzz_graphql_LDADD = $(FUZZ_LIBS) libpolicy.a $(BASE_LIBS)
tests_fuzz_fuzz_polvalue_LDADD = $(FUZZ_LIBS) libpolicy.a $(BASE_LIBS)
tests_fuzz_fuzz_polregex_LDADD = $(FUZZ_LIBS) libpolicy.a $(BASE_LIBS)
tests_fuzz_fuzz_policy_LDADD = $(FUZZ_LIBS) libpolicy.a $(BASE_LIBS)
