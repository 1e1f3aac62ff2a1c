noinst_LIBRARIES += libcli.a
libcli_a_SOURCES = \
	cli/app.c cli/app.h \
	cli/args.c cli/args.h \
	cli/cmd_artifacts.c \
	cli/cmd_attach.c \
	cli/cmd_checkout.c \
	cli/cmd_completion.c \
	cli/cmd_config.c \
	cli/cmd_diff.c \
	cli/cmd_doctor.c \
	cli/cmd_explain.c \
	cli/cmd_export.c \
	cli/cmd_gc.c \
	cli/cmd_help.c \
	cli/cmd_import.c \
	cli/cmd_init.c \
	cli/cmd_log.c \
	cli/cmd_logs.c \
	cli/cmd_ls.c \
	cli/cmd_metrics.c \
	cli/cmd_note.c \
	cli/cmd_plot.c \
	cli/cmd_policy.c cli/cmd_policy.h \
	cli/cmd_policy_bench.c \
	cli/cmd_policy_capabilities.c \
	cli/cmd_policy_eval.c \
	cli/cmd_policy_explain.c \
	cli/cmd_policy_fields.c \
	cli/cmd_policy_fmt.c \
	cli/cmd_policy_replay.c \
	cli/cmd_policy_test.c \
	cli/cmd_rerun.c \
	cli/cmd_rm.c \
	cli/cmd_run.c \
	cli/cmd_sandbox.c \
	cli/cmd_shell.c \
	cli/cmd_show.c \
	cli/cmd_stop.c \
	cli/cmd_tag.c \
	cli/cmd_tensor.c \
	cli/cmd_tensor_diff.c \
	cli/cmd_tensor_show.c \
	cli/cmd_tensor_stat.c \
	cli/cmd_ui.c \
	cli/cmd_verify.c \
	cli/cmd_version.c \
	cli/command.c cli/command.h \
	cli/commands.c cli/commands.h \
	cli/complete.c cli/complete.h \
	cli/fail.c cli/fail.h \
	cli/help.c cli/help.h \
	cli/launch.c cli/launch.h \
	cli/netview.c cli/netview.h \
	cli/output.c cli/output.h \
	cli/pick.c cli/pick.h \
	cli/policy_annotate.c \
	cli/policy_diff.c cli/policy_diff.h \
	cli/policy_errors.c cli/policy_errors.h \
	cli/policy_report.c cli/policy_report.h \
	cli/progress.c cli/progress.h \
	cli/runspec.c cli/runspec.h \
	cli/runview.c cli/runview.h \
	cli/table.c cli/table.h \
	cli/tensor_arg.c cli/tensor_arg.h

bin_PROGRAMS += wb
wb_SOURCES = cli/main.c
wb_LDFLAGS = $(AM_LDFLAGS) $(WB_PROGRAM_LDFLAGS)
wb_LDADD = libcli.a libchart.a $(ENGINE_LIBS)

# wb beside its parts, with GPUs that a test made.
check_PROGRAMS += wb-fake-gpus
wb_fake_gpus_SOURCES = tests/support/wb_fake_gpus.c
wb_fake_gpus_LDFLAGS = $(AM_LDFLAGS) $(WB_PROGRAM_LDFLAGS)
wb_fake_gpus_LDADD = libcli.a libchart.a $(ENGINE_LIBS)

CLI_UNIT_TESTS = \
	tests/unit/test_cli_args \
	tests/unit/test_cli_command \
	tests/unit/test_cli_fail \
	tests/unit/test_cli_output \
	tests/unit/test_cli_runview \
	tests/unit/test_cli_table
check_PROGRAMS += $(CLI_UNIT_TESTS)
TESTS += $(CLI_UNIT_TESTS)
tests_unit_test_cli_args_LDADD = $(TEST_LIBS) libcli.a $(BASE_LIBS)
tests_unit_test_cli_command_LDADD = $(TEST_LIBS) libcli.a $(BASE_LIBS)
tests_unit_test_cli_fail_LDADD = $(TEST_LIBS) libcli.a $(BASE_LIBS)
tests_unit_test_cli_output_LDADD = $(TEST_LIBS) libcli.a $(BASE_LIBS)
tests_unit_test_cli_runview_LDADD = $(TEST_LIBS) libcli.a $(ENGINE_LIBS)
tests_unit_test_cli_table_LDADD = $(TEST_LIBS) libcli.a $(BASE_LIBS)

check_PROGRAMS += tests/support/sample_store
tests_support_sample_store_LDADD = $(TRACKER_LIBS)
