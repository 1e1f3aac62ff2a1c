# Packing and taking in, and what is refused in one line.
project
try export
try export @
try export @ one.tar.zst
try import
try import missing.tar.zst
try import .
printf 'some bytes that are no bundle, and quite a few of them so that there is room' >x.tar.zst
try import x.tar.zst
: >empty.tar.zst
try import empty.tar.zst
try import --max-size 0 x.tar.zst
try help import
