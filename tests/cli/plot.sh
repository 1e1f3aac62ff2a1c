project
"$BUILD/tests/support/tui_store" .wb one
try plot @ loss
try plot @ loss acc --height 12 --width 60
try plot @ loss --logy --smooth 0.9 --ascii --height 10 --width 50
try plot @ --x time --height 8 --width 60
LC_ALL=C try plot @ acc --height 6 --width 40
COLUMNS=50 try --color always plot @ loss --height 6
try plot @ loss -o loss.svg
try plot @ loss acc -o loss.svg --json
head -c 4 loss.svg; echo
grep -c '<path' loss.svg
try plot @ loss --smooth 0.5 --json | cut -c1-220
