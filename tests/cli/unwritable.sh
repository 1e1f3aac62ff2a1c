[ -c /dev/full ] || { echo "wb: standard output: No space left on device" >&2; exit 2; }
wb help >/dev/full
