try config run.memory 1G
try config ui.color
try --store "$WORK/none" config run.memory 1G
