#!/bin/sh
# fuzz.sh SECONDS SEEDS PROGRAM: one fuzz target from its seeds, below the build folder that this is started in.
# A target that finds something fails, with the input in fuzz-found/; xargs then ends with a status of its own.
set -u
seconds=$1 seeds=$2 program=$3
name=${program##*/fuzz_}
mkdir -p "fuzz-corpus/$name" || exit 1
# Words that are found only by luck: of policy and policy_tools in policy.dict, beside the seeds' folder.
words=$seeds/../${name%%_*}.dict
[ -f "$words" ] && set -- "-dict=$words" || set --
echo "fuzzing $name for $seconds s"
"./$program" -max_total_time="$seconds" -verbosity=0 -print_final_stats=1 -artifact_prefix="fuzz-found/$name-" \
	"$@" "fuzz-corpus/$name" "$seeds/$name" >"fuzz-found/$name.log" 2>&1 && exit 0
echo "a finding: fuzz-found/$name.log"
tail -40 "fuzz-found/$name.log"
exit 1
