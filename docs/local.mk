# The manual pages are made from `wb help`, so they say what the program says.
PAGE_COMMANDS = artifacts attach checkout config diff doctor help init log logs ls metrics note policy rerun rm run \
	show stop tag tensor verify version
man1_MANS = docs/man/wb.1 \
	docs/man/wb-artifacts.1 docs/man/wb-attach.1 docs/man/wb-checkout.1 docs/man/wb-config.1 docs/man/wb-diff.1 \
	docs/man/wb-doctor.1 docs/man/wb-help.1 docs/man/wb-init.1 docs/man/wb-log.1 docs/man/wb-logs.1 docs/man/wb-ls.1 \
	docs/man/wb-metrics.1 docs/man/wb-note.1 docs/man/wb-policy.1 docs/man/wb-rerun.1 docs/man/wb-rm.1 docs/man/wb-run.1 \
	docs/man/wb-show.1 docs/man/wb-stop.1 docs/man/wb-tag.1 docs/man/wb-tensor.1 docs/man/wb-verify.1 docs/man/wb-version.1
PAGE_PARTS = docs/man/page.sh docs/man/page.awk docs/man/wb.1.in
EXTRA_DIST += $(PAGE_PARTS) docs/adr docs/json.md docs/screen.sh
CLEANFILES += $(man1_MANS) docs/man/made

$(man1_MANS): docs/man/made
docs/man/made: wb$(EXEEXT) $(PAGE_PARTS) NEWS
	$(AM_V_GEN)$(MKDIR_P) docs/man && sh $(srcdir)/docs/man/page.sh ./wb$(EXEEXT) >docs/man/wb.1 && \
	for c in $(PAGE_COMMANDS); do \
		sh $(srcdir)/docs/man/page.sh ./wb$(EXEEXT) $$c >docs/man/wb-$$c.1 || exit 1; \
	done && touch $@

TESTS += tests/cli/man.tap

# Puts what the programs print now into README.md.
screen: all
	$(AM_TESTS_ENVIRONMENT) sh $(srcdir)/docs/screen.sh >screen.txt
	awk -v new=screen.txt '/^```console$$/ { print; while ((getline line < new) > 0) print line; on = 1 } \
		/^```$$/ { on = 0 } !on' $(srcdir)/README.md >screen.new
	cp screen.new $(srcdir)/README.md && rm -f screen.new screen.txt
.PHONY: screen
