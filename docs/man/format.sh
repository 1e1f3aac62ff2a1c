#!/bin/sh
# format.sh WB PAGE.5.in: a manual page of section 5 on standard output; @FIELDS@ is what `wb policy fields` lists.
set -eu
LC_ALL=C.UTF-8
export LC_ALL
news=$(dirname "$0")/../../NEWS
version=$(sed -n '1s/^wb \([^ ]*\).*/\1/p' "$news")
date=$(sed -n '1s/.*(\(.*\)).*/\1/p' "$news")
fields=$(mktemp)
trap 'rm -f "$fields"' EXIT
"$1" policy fields --json | sed -E -e 's/^(.*),"action":"([^"]*)"\}$/\1@ (of \2)/' \
	-e 's/.*"field":"([^"]*)","type":"([^"]*)","about":"([^"]*)"[^@]*@?(.*)$/.It Li \1\n\2: \3\4/' >"$fields"
sed -e "/^@FIELDS@\$/{r $fields" -e "d}" -e "s/@VERSION@/$version/" -e "s/@DATE@/$date/" "$2"
