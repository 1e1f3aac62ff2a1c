samples
wb diff --json brave-finch-1 wise-wren-7
