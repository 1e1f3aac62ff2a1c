noinst_LIBRARIES += libstore.a
libstore_a_SOURCES = \
	store/capture.c store/capture.h \
	store/checkout.c \
	store/codeset.c store/codeset.h \
	store/gitindex.c \
	store/gitload.c \
	store/gitrepo.c store/gitrepo.h \
	store/gittree.c store/gittree.h \
	store/ignore.c store/ignore.h \
	store/layout.c \
	store/object.c store/object.h store/object_batch.c store/object_copy.c store/object_parts.h \
	store/packlist.c store/packlist.h \
	store/pointer.c store/pointer.h \
	store/prune.c store/prune.h \
	store/prune_objects.c store/prune_objects.h \
	store/restore.c store/restore.h \
	store/scan.c store/scan.h \
	store/scanmemory.c \
	store/scanstat.c \
	store/snapshot.c store/snapshot.h \
	store/snapshot_ops.h \
	store/store.c store/store.h \
	store/treewalk.c store/treewalk.h

# What a program that links libstore.a needs besides.
STORE_LIBS = libstore.a

# libgit2 is loaded only by what needs it: a module beside the programs (store/snapshot_ops.h).
WB_GIT_SOURCES = \
	store/git_guard.c store/git_guard.h \
	store/git_head.c store/git_head.h \
	store/git_module.c \
	store/git_write.c store/git_write.h
WB_GIT_CPPFLAGS = $(AM_CPPFLAGS) $(GIT2_CFLAGS) $(ZLIB_CFLAGS)
WB_GIT_LIBS = $(STORE_LIBS) $(GIT2_LIBS) $(ZLIB_LIBS)
pkglibexec_PROGRAMS += wb-git.so
wb_git_so_SOURCES = $(WB_GIT_SOURCES)
wb_git_so_CPPFLAGS = $(WB_GIT_CPPFLAGS)
wb_git_so_LDFLAGS = $(AM_LDFLAGS) -shared -Wl,-Bsymbolic -Wl,--exclude-libs,ALL
wb_git_so_LDADD = $(WB_GIT_LIBS) $(BASE_LIBS)

# Tensors, the client side.
libstore_a_SOURCES += \
	store/tensor.c store/tensor.h \
	store/tensor_client.c store/tensor_client.h \
	store/tensor_codec.c store/tensor_codec.h \
	store/tensor_compute.c store/tensor_compute.h \
	store/tensor_format.c store/tensor_format.h \
	store/tensor_number.c store/tensor_number.h \
	store/tensor_select.c store/tensor_select.h \
	store/tensor_sink.c store/tensor_sink.h \
	store/tensor_source.h \
	store/tensor_stats.c store/tensor_stats.h \
	store/tensor_values.c store/tensor_values.h \
	store/worker.c store/worker.h

# Archives, the client side.
libstore_a_SOURCES += \
	store/archive_client.c store/archive_client.h \
	store/archive_wire.c store/archive_wire.h

# The confined worker, the only program that links HDF5. In the build tree it stands beside wb, which looks there first.
pkglibexec_PROGRAMS += wb-tensor
wb_tensor_SOURCES = \
	store/tensor_confine.c store/tensor_confine.h \
	store/tensor_h5.h \
	store/tensor_h5_driver.c \
	store/tensor_h5_source.c \
	store/tensor_h5_value.c \
	store/tensor_hdf5.c store/tensor_hdf5.h \
	store/tensor_header.c store/tensor_header.h \
	store/tensor_main.c
wb_tensor_CPPFLAGS = $(AM_CPPFLAGS) $(HDF5_CFLAGS)
wb_tensor_LDFLAGS = $(AM_LDFLAGS) $(WB_PROGRAM_LDFLAGS)
wb_tensor_LDADD = $(STORE_LIBS) $(BASE_LIBS) $(HDF5_LIBS)

# One operation of the snapshot store with its time, for journeys and bench/snapshot.sh. It stands beside wb-git.so.
check_PROGRAMS += snapshot_tool
snapshot_tool_SOURCES = tests/support/snapshot_tool.c
snapshot_tool_LDADD = $(STORE_LIBS) $(BASE_LIBS)

TENSOR_TESTS = \
	tests/unit/test_store_tensor \
	tests/unit/test_store_tensor_client \
	tests/unit/test_store_tensor_codec \
	tests/unit/test_store_tensor_confine \
	tests/unit/test_store_tensor_format \
	tests/unit/test_store_tensor_number \
	tests/unit/test_store_tensor_select \
	tests/unit/test_store_tensor_stats
check_PROGRAMS += $(TENSOR_TESTS)
TESTS += $(TENSOR_TESTS)
tests_unit_test_store_tensor_LDADD = $(TEST_LIBS) $(STORE_LIBS) $(BASE_LIBS)
tests_unit_test_store_tensor_client_LDADD = $(TEST_LIBS) $(STORE_LIBS) $(BASE_LIBS)
tests_unit_test_store_tensor_codec_LDADD = $(TEST_LIBS) $(STORE_LIBS) $(BASE_LIBS)
tests_unit_test_store_tensor_confine_SOURCES = tests/unit/test_store_tensor_confine.c store/tensor_confine.c
tests_unit_test_store_tensor_confine_LDADD = $(TEST_LIBS) $(BASE_LIBS)
tests_unit_test_store_tensor_format_LDADD = $(TEST_LIBS) $(STORE_LIBS) $(BASE_LIBS)
tests_unit_test_store_tensor_number_LDADD = $(TEST_LIBS) $(STORE_LIBS) $(BASE_LIBS)
tests_unit_test_store_tensor_select_LDADD = $(TEST_LIBS) $(STORE_LIBS) $(BASE_LIBS)
tests_unit_test_store_tensor_stats_LDADD = $(TEST_LIBS) $(STORE_LIBS) $(BASE_LIBS)

ARCHIVE_TESTS = \
	tests/unit/test_store_archive \
	tests/unit/test_store_archive_wire
check_PROGRAMS += $(ARCHIVE_TESTS)
TESTS += $(ARCHIVE_TESTS)
tests_unit_test_store_archive_SOURCES = tests/unit/test_store_archive.c store/archive.c
tests_unit_test_store_archive_CPPFLAGS = $(AM_CPPFLAGS) $(ARCHIVE_CFLAGS)
tests_unit_test_store_archive_LDADD = $(TEST_LIBS) $(STORE_LIBS) $(BASE_LIBS) $(ARCHIVE_LIBS)
tests_unit_test_store_archive_wire_LDADD = $(TEST_LIBS) $(STORE_LIBS) $(BASE_LIBS)

check_PROGRAMS += tests/tensor/tensor_probe
tests_tensor_tensor_probe_SOURCES = tests/tensor/tensor_probe.c
tests_tensor_tensor_probe_LDADD = $(STORE_LIBS) $(BASE_LIBS)
TESTS += tests/tensor/corpus.sh tests/tensor/values.sh
EXTRA_DIST += tests/tensor/values.sh tests/tensor/values.py tests/tensor/corpus.sh tests/tensor/make_corpus.py tests/tensor/run_corpus.py

# Unit tests. Those that read and write code trees have the module linked in.
STORE_TEST_LIBS = libteststore.a $(TEST_LIBS) $(WB_GIT_LIBS) $(BASE_LIBS)
check_LIBRARIES += libteststore.a
libteststore_a_SOURCES = tests/support/store_fixture.c tests/support/store_fixture.h $(WB_GIT_SOURCES)
libteststore_a_CPPFLAGS = $(WB_GIT_CPPFLAGS)
STORE_TESTS = \
	tests/unit/test_store_capture \
	tests/unit/test_store_codeset \
	tests/unit/test_store_git_guard \
	tests/unit/test_store_git_head \
	tests/unit/test_store_git_module \
	tests/unit/test_store_git_write \
	tests/unit/test_store_gitindex \
	tests/unit/test_store_gitload \
	tests/unit/test_store_gitrepo \
	tests/unit/test_store_gittree \
	tests/unit/test_store_ignore \
	tests/unit/test_store_layout \
	tests/unit/test_store_object \
	tests/unit/test_store_packlist \
	tests/unit/test_store_pointer \
	tests/unit/test_store_prune \
	tests/unit/test_store_restore \
	tests/unit/test_store_scan \
	tests/unit/test_store_scanmemory \
	tests/unit/test_store_snapshot \
	tests/unit/test_store_store \
	tests/unit/test_store_treewalk
check_PROGRAMS += $(STORE_TESTS)
TESTS += $(STORE_TESTS)
tests_unit_test_store_capture_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_store_codeset_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_store_git_guard_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_store_git_head_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_store_git_module_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_store_git_write_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_store_gitindex_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_store_gitload_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_store_gitrepo_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_store_gittree_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_store_ignore_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_store_layout_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_store_object_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_store_packlist_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_store_pointer_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_store_prune_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_store_restore_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_store_scan_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_store_scanmemory_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_store_snapshot_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_store_store_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_store_treewalk_LDADD = $(STORE_TEST_LIBS)

# kill -9 at each system call.
check_PROGRAMS += tests/store/crash
TESTS += tests/store/crash
tests_store_crash_SOURCES = tests/store/crash.c
tests_store_crash_LDADD = libtestcrash.a $(STORE_TEST_LIBS)

# Journeys over projects of every shape, with git beside.
STORE_JOURNEYS = tests/store/changing.sh tests/store/hostile.sh tests/store/shapes.sh
TESTS += $(STORE_JOURNEYS)
EXTRA_DIST += $(STORE_JOURNEYS) tests/store/lib.sh

FUZZERS += tests/fuzz/fuzz_tensor
tests_fuzz_fuzz_tensor_SOURCES = tests/fuzz/fuzz_tensor.c store/tensor_header.c
tests_fuzz_fuzz_tensor_LDADD = $(FUZZ_LIBS) $(STORE_LIBS) $(BASE_LIBS)
