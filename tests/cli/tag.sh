samples
try tag @
try tag @ owner=ana 'note=two words' kind=best
try tag @ --json
try tag @ -d owner
try tag @ -d owner
try tag @ novalue
try tag @
