# The Python module wb: plain files, installed where the engine shows them to runs, and copied into the build tree so
# that build/wb finds them beside itself.
wbpythondir = $(pkgdatadir)/python/wb
dist_wbpython_DATA = python/wb/__init__.py

noinst_DATA += python/.copied
CLEANFILES += python/.copied
python/.copied: $(srcdir)/python/wb/__init__.py
	$(AM_V_GEN)$(MKDIR_P) python/wb && \
	if ! test python/wb/__init__.py -ef $(srcdir)/python/wb/__init__.py; then \
		cp $(srcdir)/python/wb/__init__.py python/wb/__init__.py.new && \
		chmod 644 python/wb/__init__.py.new && \
		mv -f python/wb/__init__.py.new python/wb/__init__.py; \
	fi && touch $@

clean-local: clean-wbpython
.PHONY: clean-wbpython
clean-wbpython:
	-test python/wb/__init__.py -ef $(srcdir)/python/wb/__init__.py || rm -rf python/wb

TESTS += tests/python/wb_module.sh
EXTRA_DIST += tests/python/wb_module.sh tests/python/test_wb_module.py
