noinst_LIBRARIES += libtracker.a
libtracker_a_SOURCES = \
	tracker/life.h \
	tracker/query.h \
	tracker/run.c tracker/run.h \
	tracker/spool.h \
	tracker/tracker.h

# What a program that links libtracker.a needs besides.
TRACKER_LIBS = libtracker.a $(SQLITE_LIBS) $(BASE_LIBS)
