samples
try plot brave-finch-1 wise-wren-7 loss --height 8 --width 60
try plot brave-finch-1 wise-wren-7 loss acc --height 8 --width 60
# Not a number, and infinite: gaps, and counted.
try plot late-heron-2 loss --height 8 --width 60
