# A folder that is empty where the run starts is there in the run, in its repetition and in a checkout.
need_sandbox
project
mkdir -p out/deep
wb run -q -- sh -c 'echo x >out/deep/made'
wb rerun -q @
wb artifacts ls --json @ | sed 's/.*"path":"\([^"]*\)".*/\1/'
wb -q checkout @ ../back
(cd ../back && find . -type d | sort)
