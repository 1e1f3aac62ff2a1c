samples
COLUMNS=72 wb ls -e digits
