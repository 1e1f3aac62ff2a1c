samples
wb show gone-gull-6
