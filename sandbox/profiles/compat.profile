# The call filter "compat": for programs that "ml" is too narrow for.
#
# What container engines allow by default, less everything that "ml" denies.
# Lines here go before those of the profile that is included.

profile compat
include ml

allow getxattrat listxattrat file_getattr cachestat set_mempolicy_home_node
  lsm_get_self_attr lsm_list_modules
allow io_setup io_destroy io_submit io_cancel io_getevents io_pgetevents   # what databases and DeepSpeed read disks by
# Emulators and old binaries ask for these personalities; none makes memory executable or addresses predictable.
allow personality when arg0 == PER_LINUX32,UNAME26_LINUX32
# Floating point, timing and naming knobs that engines let through.
allow prctl when arg0 == PR_SET_UNALIGN,PR_GET_UNALIGN,PR_SET_FPEMU,PR_GET_FPEMU,PR_SET_FPEXC,PR_GET_FPEXC
allow prctl when arg0 == PR_GET_TIMING,PR_SET_TIMING,PR_GET_TSC,PR_TASK_PERF_EVENTS_DISABLE
allow prctl when arg0 == PR_TASK_PERF_EVENTS_ENABLE,PR_MCE_KILL,PR_MCE_KILL_GET,PR_SET_IO_FLUSHER,PR_GET_IO_FLUSHER
allow prctl when arg0 == PR_SET_MDWE,PR_GET_MDWE,PR_SVE_SET_VL,PR_SVE_GET_VL
