samples
wb show @ | head -n 1
wb show @~6 | head -n 1
wb show 000018c366f670008000000000000007 | head -n 1
wb show 000018c36 | head -n 1
try show @~7
try show 000018c
try show 000
try show wise-wren-8
