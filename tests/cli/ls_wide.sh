samples
COLUMNS=140 wb ls
