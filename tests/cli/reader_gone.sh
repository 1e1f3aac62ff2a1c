samples
wb show @ | head -n 1 >/dev/null
( trap '' PIPE; wb help; echo "status $?" >&2 ) | true
