samples
try diff brave-finch-1 wise-wren-7
try diff wise-wren-7 wise-wren-7
try diff --exit-code wise-wren-7 wise-wren-7
try diff --exit-code -q brave-finch-1 late-heron-2
