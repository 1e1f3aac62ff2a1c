samples
try metrics wise-wren-7
try metrics wise-wren-7 loss
try metrics late-heron-2 loss --json
try metrics wise-wren-7 --json
try metrics wise-wren-7 los
try metrics calm-otter-3
