samples
try plot
try plot @ los
try plot @ loss --smooth 1
try plot @ loss --smooth much
try plot @ loss --x hour
try plot @ loss -o loss.png
try plot nobody loss
try plot calm-otter-3
try plot @ loss -o no/such/folder/loss.svg
try plot --json late-heron-2 loss
try --json ui
