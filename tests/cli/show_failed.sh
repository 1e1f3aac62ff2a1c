samples
wb show late-heron-2
