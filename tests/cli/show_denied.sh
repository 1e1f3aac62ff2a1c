samples
wb show calm-otter-3
