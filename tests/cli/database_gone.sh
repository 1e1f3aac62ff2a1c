# The records of the runs fill a database that was moved aside.
need_sandbox
project
try_run run -q -n first -- sh -c 'wb log loss=1'
echo rubbish >.wb/wb.db
rm .wb/wb.db-wal .wb/wb.db-shm
try_run ls
try_run run -- true
try verify
mv .wb/wb.db aside
wb ls --json | pick_json name
try_run verify
