# A trash that is emptied on request.
samples
try gc --dry-run
try rm wise-wren-7
try gc --older-than 1h
try gc --dry-run
try gc --dry-run --json
try gc
try ls --deleted
try gc --json
try rm --restore wise-wren-7
