noinst_LIBRARIES += libsandbox.a
libsandbox_a_SOURCES = \
	sandbox/apply.h \
	sandbox/bpf.c sandbox/bpf.h \
	sandbox/filter.h \
	sandbox/interp.h \
	sandbox/layout.h \
	sandbox/notify.h \
	sandbox/plan.c sandbox/plan_json.c sandbox/plan.h \
	sandbox/probe.h \
	sandbox/usage.h

# What a program that links libsandbox.a needs besides.
SANDBOX_LIBS = libsandbox.a $(BASE_LIBS)
