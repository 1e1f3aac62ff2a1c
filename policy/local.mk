noinst_LIBRARIES += libpolicy.a
libpolicy_a_SOURCES = \
	policy/contract.h \
	policy/diag.c policy/diag.h \
	policy/policy.h
