# Measurements, as ratios within one run on one machine: `make bench`. None of them is a test.
# A program of a bench is built only then (EXTRA_PROGRAMS); bench/NAME.sh runs it and prints lines.
EXTRA_PROGRAMS += bench/timeit bench/fill_runs
bench_timeit_LDADD = $(BASE_LIBS)
bench_fill_runs_LDADD = $(STORE_LIBS) $(TRACKER_LIBS)
EXTRA_PROGRAMS += bench/tui_pty bench/net_peer
bench_tui_pty_LDADD = $(BASE_LIBS)
BENCH_TOOLS = bench/timeit bench/fill_runs bench/tui_pty bench/net_peer tests/support/tui_store bench/bench_spool bench/bench_policy snapshot_tool

BENCHES = bench/tensor.sh bench/start.sh bench/sandbox.sh bench/run_true.sh bench/inside.sh bench/supervisor.sh bench/network.sh bench/ls.sh bench/snapshot.sh bench/spool.sh bench/tui.sh bench/policy.sh bench/outputs.sh
EXTRA_DIST += $(BENCHES) bench/lib.sh bench/table.awk

# Each bench as it comes, then one table of all.
bench: all $(BENCH_TOOLS) tests/sandbox/launch
	@rm -f bench.log; for b in $(BENCHES); do \
		{ $(AM_TESTS_ENVIRONMENT) sh $(srcdir)/$$b 2>&1 || echo "not measured: $$b failed"; } | tee -a bench.log; \
	done; awk -f $(srcdir)/bench/table.awk bench.log; ! grep '^not measured: .* failed' bench.log
CLEANFILES += $(BENCH_TOOLS) bench.log
.PHONY: bench
