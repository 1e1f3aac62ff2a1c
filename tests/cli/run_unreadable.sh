# What the project's owner may not read is missing in the frozen code, and that is said.
if [ "$(id -u)" = 0 ]; then
	echo "root may read everything"
	exit 77
fi
need_sandbox
project
mkdir closed
echo x >closed/inside
echo x >mine
chmod 0 mine
try_run run -- cat mine
wb explain @ 2>/dev/null | sed -n '3,$p'
chmod 0 closed
try_run run -- true
chmod 700 closed
