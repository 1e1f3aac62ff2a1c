samples
try artifacts ls wise-wren-7
try artifacts ls wise-wren-7 out
try artifacts ls wise-wren-7 --json
try artifacts ls wise-wren-7 other
try artifacts cat wise-wren-7 out/weights.h
try artifacts cat wise-wren-7 out/weights.h5
try artifacts get wise-wren-7 -o got
try artifacts get wise-wren-7 out/weights.h5 one
try artifacts get wise-wren-7 out/weights.h5 one -o two
try artifacts ls calm-otter-3
try artifacts get calm-otter-3 -o none
