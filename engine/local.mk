noinst_LIBRARIES += libengine.a
libengine_a_SOURCES = \
	engine/box.c engine/box.h \
	engine/bundle.h \
	engine/bundle_check.c engine/bundle_check.h \
	engine/bundle_code.c engine/bundle_code.h \
	engine/bundle_edits.c engine/bundle_edits.h \
	engine/bundle_export.c \
	engine/bundle_import.c \
	engine/bundle_manifest.c engine/bundle_manifest.h \
	engine/collect.c engine/collect.h \
	engine/manifest.c engine/manifest.h \
	engine/project_inputs.c engine/project_inputs.h \
	engine/compare.c engine/compare.h \
	engine/decide.c engine/decide.h \
	engine/diode.c engine/diode.h \
	engine/engine.c engine/engine.h \
	engine/environ.c engine/environ.h \
	engine/event.c engine/event.h \
	engine/explain.c engine/explain_words.c engine/explain.h \
	engine/explain_host.c engine/explain_host.h \
	engine/explain_log.c engine/explain_log.h \
	engine/folders.c engine/folders.h \
	engine/gc.c engine/gc.h \
	engine/gpuclaim.c engine/gpuclaim.h \
	engine/gpulease.c engine/gpulease.h \
	engine/gpus.c engine/gpus.h \
	engine/host.c engine/host.h \
	engine/inputs.c engine/inputs.h \
	engine/job.c engine/job.h \
	engine/kept.c engine/kept.h \
	engine/launch.c engine/launch.h \
	engine/learn.c engine/learn.h \
	engine/mlproject.c engine/mlproject.h \
	engine/names.c engine/names.h \
	engine/net_env.c engine/net_env.h \
	engine/netaddr.c engine/netaddr.h \
	engine/netrule.c engine/netrule.h \
	engine/outcome.c engine/outcome.h \
	engine/paramseen.c engine/paramseen.h \
	engine/planner.c engine/planner.h \
	engine/policies.c engine/policies.h \
	engine/policy_files.c engine/policy_files.h \
	engine/policy_set.c engine/policy_set.h \
	engine/policy_host.c engine/policy_host.h \
	engine/project.c engine/project_value.c engine/project.h \
	engine/proxy_answer.c engine/proxy_answer.h \
	engine/proxy_request.c engine/proxy_request.h \
	engine/tls_hello.c engine/tls_hello.h \
	engine/upstream.c engine/upstream.h \
	engine/record.c engine/record.h \
	engine/replay.c engine/replay.h \
	engine/report.c engine/report.h \
	engine/resume.c engine/resume.h \
	engine/run.c engine/run.h engine/run_launch.c engine/run_parts.h \
	engine/scratch.c engine/scratch.h \
	engine/runlog.c engine/runlog.h \
	engine/settings.c engine/settings.h \
	engine/settle.c engine/settle.h \
	engine/signal_name.c engine/signal_name.h \
	engine/spec.c engine/spec.h \
	engine/tensor_index.c engine/tensor_index.h \
	engine/ttyframe.c engine/ttyframe.h \
	engine/verify.c engine/verify.h \
	engine/watch.c engine/watch.h \
	engine/yamldata.c engine/yamldata.h \
	engine/watch_tty.c engine/watch_tty.h \
	engine/yamldoc.c engine/yamldoc.h
libengine_a_CPPFLAGS = $(AM_CPPFLAGS) $(YAML_CFLAGS)
ENGINE_LIBS = libengine.a libtracker.a libstore.a libpolicy.a libsandbox.a $(SQLITE_LIBS) $(YAML_LIBS) $(BASE_LIBS)
EXTRA_PROGRAMS += bench/bench_policy
bench_bench_policy_LDADD = $(ENGINE_LIBS)

# Small on purpose: of libengine.a and libtracker.a only the few objects it uses are taken, so neither SQLite nor
# the policy is in the program that holds power over a run.
pkglibexec_PROGRAMS += wb-supervisor
wb_supervisor_SOURCES = \
	engine/sup.h \
	engine/sup_cgroup.c \
	engine/sup_cpus.c \
	engine/sup_ctl.c \
	engine/sup_disk.c \
	engine/sup_door.c \
	engine/sup_end.c \
	engine/sup_gpu.c \
	engine/sup_io.c \
	engine/sup_limits.c \
	engine/sup_main.c \
	engine/sup_net.c \
	engine/net_log.c engine/net_log.h \
	engine/broker.h \
	engine/dial.c engine/dial.h \
	engine/dial_cage.c engine/dial_cage.h \
	engine/dial_via.c engine/dial_via.h \
	engine/proxy.c engine/proxy.h \
	engine/proxy_ask.c engine/proxy_conn.c engine/proxy_tls.c engine/proxy_parts.h \
	engine/sup_reached.c \
	engine/sup_tty.c
wb_supervisor_LDADD = libengine.a libtracker.a libstore.a libsandbox.a $(BASE_LIBS)
wb_supervisor_LDFLAGS = $(AM_LDFLAGS) $(WB_PROGRAM_LDFLAGS)

# Asks the vendors' libraries what GPUs do; they are found when it runs.
pkglibexec_PROGRAMS += wb-gpu
wb_gpu_SOURCES = engine/gpu_main.c
wb_gpu_LDADD = $(BASE_LIBS)
wb_gpu_LDFLAGS = $(AM_LDFLAGS) $(WB_PROGRAM_LDFLAGS)

# The only program that links libarchive; confined like wb-tensor. It stands beside wb.
pkglibexec_PROGRAMS += wb-archive
wb_archive_SOURCES = \
	engine/archive_main.c \
	store/archive.c store/archive.h \
	store/tensor_confine.c store/tensor_confine.h \
	store/tensor_header.c store/tensor_header.h \
	store/tensor_npz.c store/tensor_npz.h
wb_archive_CPPFLAGS = $(AM_CPPFLAGS) $(ARCHIVE_CFLAGS)
wb_archive_LDADD = libengine.a libtracker.a libstore.a $(BASE_LIBS) $(ARCHIVE_LIBS)
wb_archive_LDFLAGS = $(AM_LDFLAGS) $(WB_PROGRAM_LDFLAGS)

ENGINE_TESTS = \
	tests/unit/test_engine_box \
	tests/unit/test_engine_bundle_check \
	tests/unit/test_engine_bundle_code \
	tests/unit/test_engine_bundle_edits \
	tests/unit/test_engine_gc \
	tests/unit/test_engine_resume \
	tests/unit/test_engine_kept \
	tests/unit/test_engine_bundle_manifest \
	tests/unit/test_engine_collect \
	tests/unit/test_engine_manifest \
	tests/unit/test_engine_diode \
	tests/unit/test_engine_dial_cage \
	tests/unit/test_engine_event \
	tests/unit/test_engine_paramseen \
	tests/unit/test_engine_explain \
	tests/unit/test_engine_explain_host \
	tests/unit/test_engine_folders \
	tests/unit/test_engine_gpulease \
	tests/unit/test_engine_gpus \
	tests/unit/test_engine_learn \
	tests/unit/test_engine_mlproject \
	tests/unit/test_engine_net_env \
	tests/unit/test_engine_net_log \
	tests/unit/test_engine_netaddr \
	tests/unit/test_engine_netrule \
	tests/unit/test_engine_outcome \
	tests/unit/test_engine_planner \
	tests/unit/test_engine_policies \
	tests/unit/test_engine_policy_host \
	tests/unit/test_engine_project \
	tests/unit/test_engine_proxy_answer \
	tests/unit/test_engine_proxy_request \
	tests/unit/test_engine_report \
	tests/unit/test_engine_runlog \
	tests/unit/test_engine_scratch \
	tests/unit/test_engine_settings \
	tests/unit/test_engine_settle \
	tests/unit/test_engine_spec \
	tests/unit/test_engine_ttyframe \
	tests/unit/test_engine_tls_hello \
	tests/unit/test_engine_upstream \
	tests/unit/test_engine_watch_tty \
	tests/unit/test_engine_yamldata \
	tests/unit/test_engine_yamldoc
check_PROGRAMS += $(ENGINE_TESTS)
TESTS += $(ENGINE_TESTS)
tests_unit_test_engine_box_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_bundle_check_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_bundle_code_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_bundle_edits_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_kept_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_resume_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_gc_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_bundle_manifest_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_collect_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_manifest_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_diode_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_dial_cage_SOURCES = tests/unit/test_engine_dial_cage.c engine/dial_cage.c
tests_unit_test_engine_dial_cage_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_event_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_paramseen_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_explain_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_folders_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_gpulease_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_gpus_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_learn_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_mlproject_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_net_log_SOURCES = tests/unit/test_engine_net_log.c engine/net_log.c
tests_unit_test_engine_net_log_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_net_env_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_netaddr_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_netrule_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_outcome_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_planner_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_policies_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_policy_host_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_project_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_upstream_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_proxy_answer_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_explain_host_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_tls_hello_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_proxy_request_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_report_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_runlog_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_scratch_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_settle_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_settings_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_spec_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_yamldata_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_watch_tty_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_ttyframe_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
tests_unit_test_engine_yamldoc_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)

FUZZERS += tests/fuzz/fuzz_project
tests_fuzz_fuzz_project_LDADD = $(FUZZ_LIBS) $(ENGINE_LIBS)
FUZZERS += tests/fuzz/fuzz_explain
tests_fuzz_fuzz_explain_LDADD = $(FUZZ_LIBS) $(ENGINE_LIBS)
FUZZERS += tests/fuzz/fuzz_event
tests_fuzz_fuzz_event_LDADD = $(FUZZ_LIBS) $(ENGINE_LIBS)

FUZZERS += tests/fuzz/fuzz_proxy
tests_fuzz_fuzz_proxy_LDADD = $(FUZZ_LIBS) $(ENGINE_LIBS)

FUZZERS += tests/fuzz/fuzz_archive
tests_fuzz_fuzz_archive_SOURCES = tests/fuzz/fuzz_archive.c store/archive.c
tests_fuzz_fuzz_archive_CPPFLAGS = $(AM_CPPFLAGS) $(ARCHIVE_CFLAGS)
tests_fuzz_fuzz_archive_LDADD = $(FUZZ_LIBS) $(ENGINE_LIBS) $(ARCHIVE_LIBS)
