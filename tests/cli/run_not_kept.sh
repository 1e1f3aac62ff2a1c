need_sandbox
project
try_run run -- sh -c 'ln -s /etc/passwd link; mkfifo pipe; echo kept >file'
try_run show @ | sed -n '/^Outputs/,$p'
