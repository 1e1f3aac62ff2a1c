samples
wb ls --json
