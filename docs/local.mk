# The manual pages are made from `wb help`, a page a command, so they say what the program says.
PAGE_PARTS = docs/man/page.sh docs/man/page.awk docs/man/wb.1.in
EXTRA_DIST += $(PAGE_PARTS) docs/man/keys.sh docs/adr docs/json.md docs/limits.md docs/policy-cookbook.md docs/rego.md docs/screen.sh docs/tour.md docs/tour.sh
noinst_DATA += docs/man/made

docs/man/made: wb$(EXEEXT) $(PAGE_PARTS) NEWS
	$(AM_V_GEN)$(MKDIR_P) docs/man && rm -f docs/man/*.1 && \
	sh $(srcdir)/docs/man/page.sh ./wb$(EXEEXT) >docs/man/wb.1 && \
	for c in `./wb$(EXEEXT) help | sed -n '/^Run$$/,/^Options/s/^  \([a-z-]*\)  .*/\1/p'`; do \
		sh $(srcdir)/docs/man/page.sh ./wb$(EXEEXT) $$c >docs/man/wb-$$c.1 || exit 1; \
	done && touch $@

install-data-local: docs/man/made wb$(EXEEXT)
	$(MKDIR_P) $(DESTDIR)$(mandir)/man1 && $(INSTALL_DATA) docs/man/*.1 $(DESTDIR)$(mandir)/man1
	for place in bash:bash-completion/completions/wb zsh:zsh/site-functions/_wb fish:fish/vendor_completions.d/wb.fish; do \
		file=$(DESTDIR)$(datadir)/$${place#*:}; $(MKDIR_P) "$${file%/*}" && \
		./wb$(EXEEXT) completion $${place%%:*} >"$$file" && chmod 644 "$$file" || exit 1; \
	done

uninstall-local:
	rm -f $(DESTDIR)$(mandir)/man1/wb.1 $(DESTDIR)$(mandir)/man1/wb-*.1
	rm -f $(DESTDIR)$(datadir)/bash-completion/completions/wb $(DESTDIR)$(datadir)/zsh/site-functions/_wb \
		$(DESTDIR)$(datadir)/fish/vendor_completions.d/wb.fish

clean-local:
	rm -f docs/man/*.1 docs/man/made

# The keys of the full screen, from its table of actions.
man7_MANS = docs/man/wb-keys.7
CLEANFILES += $(man7_MANS)
docs/man/wb-keys.7: wb-tui$(EXEEXT) docs/man/keys.sh NEWS
	$(AM_V_GEN)$(MKDIR_P) docs/man && sh $(srcdir)/docs/man/keys.sh ./wb-tui$(EXEEXT) >$@

# The formats of files.
man5_MANS = docs/man/wb.yaml.5 docs/man/wb-policy.5
CLEANFILES += $(man5_MANS)
EXTRA_DIST += docs/man/format.sh docs/man/wb.yaml.5.in docs/man/wb-policy.5.in
docs/man/wb.yaml.5: wb$(EXEEXT) docs/man/format.sh docs/man/wb.yaml.5.in NEWS
	$(AM_V_GEN)$(MKDIR_P) docs/man && sh $(srcdir)/docs/man/format.sh ./wb$(EXEEXT) $(srcdir)/docs/man/wb.yaml.5.in >$@
docs/man/wb-policy.5: wb$(EXEEXT) docs/man/format.sh docs/man/wb-policy.5.in NEWS
	$(AM_V_GEN)$(MKDIR_P) docs/man && sh $(srcdir)/docs/man/format.sh ./wb$(EXEEXT) $(srcdir)/docs/man/wb-policy.5.in >$@

TESTS += tests/cli/man.tap tests/cli/completion.tap
EXTRA_DIST += tests/cli/man.tap tests/cli/completion.tap tests/cli/completion.bash

# Puts what the programs print now into README.md.
screen: all
	$(AM_TESTS_ENVIRONMENT) sh $(srcdir)/docs/screen.sh >screen.txt
	awk -v new=screen.txt '/^```console$$/ { print; while ((getline line < new) > 0) print line; on = 1 } \
		/^```$$/ { on = 0 } !on' $(srcdir)/README.md >screen.new
	cp screen.new $(srcdir)/README.md && rm -f screen.new screen.txt

# The same for docs/tour.md.
tour: all
	$(AM_TESTS_ENVIRONMENT) sh $(srcdir)/docs/tour.sh >tour.new && cp tour.new $(srcdir)/docs/tour.md
	rm -f tour.new
.PHONY: screen tour
