samples
try rm wise-wren-7 @~1
try show wise-wren-7
wb ls --json | wc -l
wb ls --deleted --json | wc -l
try rm --restore 000018c366f6 --json
wb ls --json | wc -l
