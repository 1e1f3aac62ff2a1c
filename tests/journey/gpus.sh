#!/bin/sh
# GPUs: only those leased are there inside, two runs never have the same one, waiting is fair, and a
# killed run gives its own back. On a machine whose GPUs are plain files.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
need_sandbox

fake=${WB_TEST_BUILDDIR:-$(dirname "$(command -v wb)")}/wb-fake-gpus
[ -x "$fake" ] || skip "wb-fake-gpus is not built"
wb() { WB_FAKE_GPUS=$WORK/machine "$fake" "$@" 5>&- 6>&- 7>&-; }

# A machine with so many GPUs.
machine() # NUMBER
{
	rm -rf "$WORK/machine"
	mkdir -p "$WORK/machine/dev" "$WORK/machine/leases"
	i=0
	while [ $i -lt "$1" ]; do
		dir=$WORK/machine/proc/driver/nvidia/gpus/0000:0$i:00.0
		mkdir -p "$dir"
		printf 'Model: \t\t Fake 9000\nGPU UUID: \t GPU-%08d-0000-0000-0000-000000000000\nDevice Minor: \t %d\n' $i $i >"$dir/information"
		echo "node $i" >"$WORK/machine/dev/nvidia$i"
		i=$((i + 1))
	done
	[ "$1" = 0 ] || for node in nvidiactl nvidia-uvm; do echo "$node" >"$WORK/machine/dev/$node"; done
}

project
cat >look.sh <<'END'
ls /dev | grep -i nvidia | sort | paste -sd' '
cat /dev/nvidia[0-9]* 2>/dev/null
ls /proc/driver/nvidia/gpus 2>/dev/null
echo "visible:$CUDA_VISIBLE_DEVICES"
END

# --- what is there inside

machine 2
expect 0 wb run -- sh look.sh
same "without --gpus" "
visible:" "$(cat "$WORK/out")"
expect 0 wb run --gpus 1 --json -- sh look.sh
same "the GPU recorded" "GPU-00000000-0000-0000-0000-000000000000" "$(json gpus.0.uuid)"
same "the tag" "Fake 9000" "$("$PYTHON" -c 'import json,sys; print(json.load(open(sys.argv[1]))["tags"]["wb.gpus"])' "$WORK/out")"
err_has "visible:0"
expect 0 wb run --gpus 2 -- sh look.sh
out_has "node 1"
out_has "visible:0,1"
expect 125 wb run --gpus 3 -- sh look.sh
err_has "3 GPUs were asked for, and this machine has 2"
expect 0 wb doctor
out_has "gpu 1"
out_has "Fake 9000 (GPU-00000001-0000-0000-0000-000000000000): free"
left=$(ls "$WORK/machine/leases")
same "claims left behind" "wb-gpu.lock" "$left"

# --- two runs, two GPUs, and none for a third

hold="read line <gate"
running() { [ "$(wb logs "$1" 2>/dev/null | grep -c "visible:")" = 1 ]; }
# A run that has its GPU for as long as the journey wants: until its standard input ends.
held() # NAME WB-OPTION...
{
	name=$1
	shift
	mkfifo "$WORK/gate-$name"
	WB_FAKE_GPUS=$WORK/machine "$fake" run -d -n "$name" "$@" -- sh -c 'sh look.sh; cat >/dev/null' \
		<"$WORK/gate-$name" >"$WORK/id-$name" 2>"$WORK/err-$name" &
	exec 8>"$WORK/gate-$name"
	case $name in
	a) exec 5>&8 ;;
	b) exec 6>&8 ;;
	esac
	exec 8>&-
	wait $! || fail "run $name did not start: $(cat "$WORK/err-$name")"
	wait_for 30 running "$name" || fail "run $name does not run"
}
held a --gpus 1
held b --gpus 1
wb logs a | grep -q "node 0" || fail "run a does not have GPU 0"
wb logs b | grep -q "node 1" || fail "run b does not have GPU 1"
expect 125 wb run --gpus 1 -- sh look.sh
err_has "2 of 2 GPUs are leased: GPU 0 by run"
err_has "--gpu-wait 10m"
expect 125 wb run --gpus 1 --gpu-wait 300ms -- sh look.sh
err_has "no GPU became free in time"
expect 0 wb doctor
out_has "leased by run"
expect 0 wb policy explain --json --gpus 1 -- true
same "what the policy is told" '{"user_gpus": 2, "experiment_gpus": 2}' "$(json input.usage)"
same "and of the machine" 2 "$(json input.host.gpus)"

# --- the supervisor of one is killed: its GPU is free

id=$(cat "$WORK/id-a")
pid=
for dir in /proc/[0-9]*; do
	[ "$(cat "$dir/comm" 2>/dev/null)" = wb-supervisor ] || continue
	ls -l "$dir/fd" >"$WORK/fds" 2>/dev/null
	grep -q "$id/spool" "$WORK/fds" && grep -q "$WORK/machine/leases" "$WORK/fds" && pid=${dir#/proc/}
done
[ -n "$pid" ] || fail "the supervisor of run a was not found"
kill -9 "$pid"
expect 0 wb run --gpus 1 --gpu-wait 20s -- sh look.sh
out_has "node 0"

# --- waiting: told, fair, stopped

expect 0 wb run -d -n first --gpus 2 --gpu-wait 60s -- sh look.sh
expect 0 wb run -d -n second --gpus 1 --gpu-wait 60s -- sh look.sh
# GPU 0 is free, yet the first in the queue wants two: nobody passes it.
expect 125 wb run --gpus 1 -- sh look.sh
err_has "2 runs in the queue"
expect 0 wb show first
out_has "waiting for 2 GPUs"
expect 0 wb explain first
out_has "It is waiting for 2 GPUs"
expect 0 wb ls --json "name = 'first'"
same "status" "RUNNING(waiting)" "$(json status)"
expect 0 wb run -d -n third --gpus 1 --gpu-wait 60s -- sh look.sh
expect 0 wb stop third
expect 0 wb show --json third
same "status" "KILLED(user)" "$(json status)"
exec 6>&- # run b ends
ended() { [ "$(wb show --json "$1" | "$PYTHON" -c 'import json,sys; print(json.load(sys.stdin)["status"])')" = FINISHED ]; }
wait_for 30 ended first || fail "the first in the queue did not run"
wait_for 30 ended second || fail "the second in the queue did not run"
order=$(wb show --json first second 2>/dev/null; for r in first second; do wb show --json $r; done |
	"$PYTHON" -c 'import json,sys; a, b = [json.loads(l) for l in sys.stdin]; print(a["gpu_wait_s"] > 0 and a["end"] <= b["end"])')
same "the first ran before the second" True "$order"

# Ctrl-C while it waits: recorded, and the place is given up.
exec 5>&-
mkfifo "$WORK/gate-c"
(WB_FAKE_GPUS=$WORK/machine exec "$fake" run -n c --gpus 2 -- sh -c 'sh look.sh; cat >/dev/null' <"$WORK/gate-c" >/dev/null 2>&1) &
holder=$!
exec 7>"$WORK/gate-c"
wait_for 30 running c || fail "run c does not run"
(WB_FAKE_GPUS=$WORK/machine exec "$fake" run -n d --gpus 1 --gpu-wait 60s -- true 7>&- >/dev/null 2>"$WORK/err-d") &
waiter=$!
told() { grep -q "waiting for 1 GPU" "$WORK/err-d"; }
wait_for 30 told || fail "the wait was not told"
kill -TERM $waiter
wait $waiter
same "status of the stopped" 143 $?
expect 0 wb show --json d
same "status" "KILLED(user)" "$(json status)"
exec 7>&-
wait $holder

# --- AMD's, and what GPUs do

rm -rf "$WORK/machine"
mkdir -p "$WORK/machine/leases" "$WORK/machine/dev/dri" "$WORK/machine/sys/class/kfd" "$WORK/machine/sys/bus/pci/devices"
device=$WORK/machine/sys/devices/pci0000:00/0000:03:00.0
node=$WORK/machine/sys/devices/virtual/kfd/kfd/topology/nodes/1
mkdir -p "$device" "$node"
ln -s ../../devices/virtual/kfd/kfd "$WORK/machine/sys/class/kfd/kfd"
ln -s ../../../devices/pci0000:00/0000:03:00.0 "$WORK/machine/sys/bus/pci/devices/0000:03:00.0"
printf 'simd_count 416\nlocation_id 768\ndomain 0\ndrm_render_minor 128\nunique_id 5\n' >"$node/properties"
echo gfx90a >"$node/name"
echo 73 >"$device/gpu_busy_percent"
echo 123456789 >"$device/mem_info_vram_used"
touch "$WORK/machine/dev/kfd" "$WORK/machine/dev/dri/renderD128" "$WORK/machine/dev/dri/renderD129"
expect 0 wb run -n amd --gpus 1 -- sh -c 'ls /dev/dri; cat /sys/class/kfd/kfd/topology/nodes/1/name; echo $ROCR_VISIBLE_DEVICES'
same "what is there inside" "renderD128 gfx90a 0" "$(paste -sd' ' "$WORK/out")"
expect 0 wb metrics amd system/gpu0_percent --json
same "percent" 73.0 "$(json value)"
expect 0 wb metrics amd system/gpu0_memory_bytes --json
same "memory" 123456789.0 "$(json value)"

# NVIDIA's are asked through their library, which is found when wb-gpu runs: here one of our own.
cat >"$WORK/nvml.c" <<'END'
int nvmlInit_v2(void) { return 0; }
int nvmlDeviceGetCount_v2(unsigned *n) { *n = 2; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned i, void **d) { *d = (char *)0 + 1 + i; return 0; }
int nvmlDeviceGetMinorNumber(void *d, unsigned *m) { *m = 5 + (unsigned)((char *)d - (char *)0 - 1); return 0; }
#define NUMBER(d) ((unsigned)((char *)d - (char *)0))
/* The first is split up: of seven places two are taken. An instance has memory, and no percentage. */
int nvmlDeviceGetUtilizationRates(void *d, unsigned *u) { u[0] = 39 + NUMBER(d); u[1] = 0; return NUMBER(d) < 100 ? 0 : 3; }
int nvmlDeviceGetMemoryInfo(void *d, unsigned long long *m) { m[0] = 100; m[1] = 1; m[2] = NUMBER(d) < 100 ? 99 : NUMBER(d); return 0; }
int nvmlDeviceGetMaxMigDeviceCount(void *d, unsigned *n) { *n = NUMBER(d) == 1 ? 7 : 0; return 0; }
int nvmlDeviceGetMigDeviceHandleByIndex(void *d, unsigned i, void **m)
{
	*m = (char *)0 + 100 + i;
	return NUMBER(d) == 1 && (i == 1 || i == 4) ? 0 : 6;
}
int nvmlDeviceGetGpuInstanceId(void *m, unsigned *n) { *n = NUMBER(m) == 101 ? 7 : 3; return 0; }
int nvmlDeviceGetComputeInstanceId(void *m, unsigned *n) { *n = NUMBER(m) == 101 ? 0 : 1; return 0; }
END
helper=${WB_TEST_BUILDDIR:-$(dirname "$fake")}/wb-gpu
if ${WB_TEST_CC:-cc} -shared -fPIC -o "$WORK/libnvidia-ml.so.1" "$WORK/nvml.c" 2>"$WORK/err"; then
	LD_LIBRARY_PATH=$WORK "$helper" 1 nvidia:6 none nvidia:9 </dev/null >"$WORK/out"
	same "what wb-gpu tells" "0 41 99;1 - -;2 - -" "$(paste -sd';' "$WORK/out")"
	LD_LIBRARY_PATH=$WORK "$helper" 1 nvidia:5:7:0 nvidia:5:3:1 nvidia:5:3:0 nvidia:6:7:0 nvidia:5:7 nvidia:5: nvidia:6:0:0:0 nvidia: \
		</dev/null >"$WORK/out"
	same "what it tells of instances" "0 - 101;1 - 104;2 - -;3 - -;4 - -;5 - -;6 - -;7 - -" "$(paste -sd';' "$WORK/out")"
	# A library from before GPUs could be split up.
	grep -v 'Mig\|Instance\|^{\|^}\|^	' "$WORK/nvml.c" >"$WORK/old.c"
	mkdir "$WORK/old" && ${WB_TEST_CC:-cc} -shared -fPIC -o "$WORK/old/libnvidia-ml.so.1" "$WORK/old.c" || fail "the old library"
	LD_LIBRARY_PATH=$WORK/old "$helper" 1 nvidia:6 nvidia:5:7:0 </dev/null >"$WORK/out"
	same "what an old library tells" "0 41 99;1 - -" "$(paste -sd';' "$WORK/out")"
else
	echo "note: no compiler here, NVML was not tried: $(head -1 "$WORK/err")"
fi
expect 1 "$helper" 1 nvidia:6
expect 2 "$helper" 0 nvidia:6

# CUDA names its threads when it starts, at tier 2 too, where /proc is the host's; nobody else's.
if command wb run --tier 2 -- true >"$WORK/out" 2>"$WORK/err"; then
	expect 0 wb run --tier 2 -- sh -c 'printf renamed >/proc/$$/task/$$/comm; cat /proc/$$/comm; (echo no >/proc/$PPID/comm) 2>/dev/null || echo refused'
	same "its own name, and no other's" "renamed refused" "$(paste -sd' ' "$WORK/out")"
else
	echo "note: no tier 2 here: $(head -1 "$WORK/err")"
fi
