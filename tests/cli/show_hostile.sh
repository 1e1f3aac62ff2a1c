samples
wb show 000018c19236
