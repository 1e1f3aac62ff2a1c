samples
wb show --json wise-wren-7
wb --json show calm-otter-3
