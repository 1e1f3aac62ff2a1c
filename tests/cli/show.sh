samples
wb show wise-wren-7
