# "| head" ends the looking, with the status of any program whose reader went, and says that the run goes on.
need_sandbox
project
( status=0; wb run -n endless -- sh -c 'while :; do echo y; done' 2>said || status=$?; echo $status >status ) | head -n 1
echo "status $(cat status)"
sed -E 's/[0-9a-f]{12}/ID/g' said
try_run stop endless
status=0
wb run -- true 2>&- || status=$?
echo "status $status with standard error closed"
