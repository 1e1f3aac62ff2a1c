noinst_LIBRARIES += libstore.a
libstore_a_SOURCES = \
	store/object.h \
	store/snapshot.h \
	store/store.c store/store.h

# What a program that links libstore.a needs besides.
STORE_LIBS = libstore.a
