# Metric events a second, durable in a run's record and moved into the database, beside raw inserts into SQLite.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/..}/bench/lib.sh"
headline "events: a million metrics"
"$BUILD/bench/bench_spool" "$WORK" "${EVENTS:-1000000}"
