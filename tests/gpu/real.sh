#!/bin/sh
# On a machine with an NVIDIA GPU: what is leased can be computed with inside, what is not is not there.
#
#     sh tests/gpu/real.sh [FOLDER-WITH-WB]
#
# Builds nothing. Each line is "ok", "FAILED" or "skip: why"; the last counts them. Status 1 when one failed, 77 when
# there is no GPU (or no sandbox) to try it on.
set -u
src=$(cd "$(dirname "$0")/../.." && pwd)
build=${1:-${WB_TEST_BUILDDIR:-$src/build}}
PATH=$build:/usr/bin:/bin:/usr/local/bin
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
ok=0 failed=0 skipped=0

say_ok() { ok=$((ok + 1)) && echo "ok       $*"; }
say_failed() { failed=$((failed + 1)) && echo "FAILED   $*" && sed 's/^/         | /' "$work/out" "$work/err" | tail -20; }
say_skip() { skipped=$((skipped + 1)) && echo "skip     $*"; }
check() # NAME STATUS-WANTED TEXT-WANTED COMMAND...
{
	name=$1 status=$2 text=$3
	shift 3
	timeout -s KILL 300 "$@" >"$work/out" 2>"$work/err" </dev/null
	got=$?
	if [ $got = "$status" ] && grep -qF -- "$text" "$work/out"; then say_ok "$name"; else say_failed "$name (status $got)"; fi
}

[ -x "$build/wb" ] || { echo "skip: no wb in $build"; exit 77; }
gpus=$(ls -d /dev/nvidia[0-9]* 2>/dev/null | wc -l)
[ "$gpus" -gt 0 ] || { echo "skip: no /dev/nvidia0 here"; exit 77; }
python=$(command -v python3) || { echo "skip: no python3"; exit 77; }
mkdir "$work/p" && cd "$work/p" && wb init >/dev/null 2>&1 || exit 99
wb doctor >"$work/doctor" 2>&1
cat "$work/doctor"
grep -q '^FAIL *sandbox *none' "$work/doctor" && { echo "skip: this machine cannot confine a run"; exit 77; }

# cuInit, the count, a mebibyte of memory written and read back, through the driver's own library.
cat >cuda.py <<'END'
import ctypes, sys
try:
    cu = ctypes.CDLL("libcuda.so.1")
except OSError as e:
    print("no libcuda:", e); sys.exit(9)
def must(what, rc):
    if rc:
        print(what, "failed with", rc); sys.exit(8)
rc = cu.cuInit(0)
if rc:
    print("cuInit", rc); sys.exit(7)
n = ctypes.c_int()
must("count", cu.cuDeviceGetCount(ctypes.byref(n)))
print("devices:", n.value)
dev, ctx, ptr = ctypes.c_int(), ctypes.c_void_p(), ctypes.c_uint64()
must("device", cu.cuDeviceGet(ctypes.byref(dev), 0))
name = ctypes.create_string_buffer(100)
must("name", cu.cuDeviceGetName(name, 100, dev))
print("name:", name.value.decode())
must("context", cu.cuCtxCreate_v2(ctypes.byref(ctx), 0, dev))
must("alloc", cu.cuMemAlloc_v2(ctypes.byref(ptr), ctypes.c_size_t(1 << 20)))
must("set", cu.cuMemsetD32_v2(ptr, 0x600df00d, ctypes.c_size_t(1 << 18)))
back = (ctypes.c_uint32 * 4)()
must("copy", cu.cuMemcpyDtoH_v2(back, ptr, ctypes.c_size_t(16)))
print("memory:", "right" if list(back) == [0x600df00d] * 4 else "wrong")
END
timeout -s KILL 120 "$python" cuda.py >"$work/bare" 2>&1
bare=$?
echo "outside of the sandbox: status $bare, $(paste -sd' ' "$work/bare")"

tier=$(wb run --json -- true 2>/dev/null | grep -o '"tier":[0-9]' | head -1 | cut -d: -f2)
echo "runs have tier $tier here"
wb run --tier 2 -- true >/dev/null 2>&1 && tier2=yes || tier2=no
cat >nodes.sh <<'END'
n=0
for i in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
	( : </dev/nvidia$i ) 2>/dev/null && n=$((n + 1))
done
( : </dev/nvidiactl ) 2>/dev/null && echo control || echo "no control"
echo "nodes:$n"
END
check "without --gpus no node can be opened" 0 "nodes:0" wb run -- sh nodes.sh
check "nor the driver's control node" 0 "no control" wb run -- sh nodes.sh
check "with --gpus 1 one can" 0 "nodes:1" wb run --gpus 1 -- sh nodes.sh
if [ "$tier" = 1 ]; then
	check "without --gpus no name in /dev" 0 "names:0" wb run -- sh -c 'echo "names:$(ls /dev | grep -c nvidia)"'
	check "without --gpus the driver tells nothing" 0 "gpus:0" \
		wb run -- sh -c 'echo "gpus:$(ls /proc/driver/nvidia/gpus 2>/dev/null | wc -l)"'
else
	say_skip "names in /dev and /proc/driver: hidden at tier 1 only"
fi
if [ $tier2 = yes ]; then
	check "at tier 2 without --gpus no node can be opened" 0 "nodes:0" wb run --tier 2 -- sh nodes.sh
	check "at tier 2 with --gpus 1 one can" 0 "nodes:1" wb run --tier 2 --gpus 1 -- sh nodes.sh
fi
if [ $bare = 0 ]; then
	check "with --gpus 1 CUDA has one device" 0 "devices: 1" wb run -n one --gpus 1 -- "$python" cuda.py
	check "and its memory can be used" 0 "memory: right" wb run --gpus 1 -- "$python" cuda.py
	check "without --gpus CUDA finds none" 7 "cuInit" wb run -- "$python" cuda.py
	check "the record names it" 0 '"gpus":[{"index":' wb show --json one
	if [ $tier2 = yes ]; then
		check "the same in tier 2" 0 "memory: right" wb run --tier 2 --gpus 1 -- "$python" cuda.py
		check "without --gpus nothing in tier 2" 7 "cuInit" wb run --tier 2 -- "$python" cuda.py
	else
		say_skip "no tier 2 here"
	fi
else
	say_skip "CUDA does not work outside of the sandbox either: $(tail -1 "$work/bare")"
fi

# Two runs that both want all GPUs: the second begins when the first has ended.
cat >times.sh <<'END'
date +%s.%N; sleep 1; date +%s.%N
END
wb run -n a --gpus "$gpus" --gpu-wait 60s -- sh times.sh >"$work/a" 2>&1 &
first=$!
wb run -n b --gpus "$gpus" --gpu-wait 60s -- sh times.sh >"$work/b" 2>&1
second=$?
wait $first
first=$?
cat "$work/a" "$work/b" >"$work/out"
: >"$work/err"
if [ $first = 0 ] && [ $second = 0 ] &&
	awk 'NR == 1 { a0 = $1 } NR == 2 { a1 = $1 } NR == 3 { b0 = $1 } NR == 4 { b1 = $1 }
		END { exit !(NR >= 4 && (a1 <= b0 || b1 <= a0)) }' <<END
$(grep -h '^[0-9.]*$' "$work/a")
$(grep -h '^[0-9.]*$' "$work/b")
END
then say_ok "two runs of all GPUs do not overlap"; else say_failed "two runs of all GPUs do not overlap"; fi
check "no GPU is left leased" 0 "free" wb doctor
if ldconfig -p 2>/dev/null | grep -q libnvidia-ml.so.1; then
	wb run -n sampled --gpus 1 -- true >/dev/null 2>&1
	check "its use is sampled" 0 "gpu0_memory_bytes" wb show -v sampled
else
	say_skip "no libnvidia-ml.so.1: use is not sampled"
fi
echo "$ok ok, $failed failed, $skipped skipped"
[ $failed = 0 ]
