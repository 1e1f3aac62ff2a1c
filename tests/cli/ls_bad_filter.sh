samples
try ls 'metrics.loss <'
try ls 'stauts = 1'
try ls 'metrics.loss = 1 AND ('
try ls --order 'metrics.loss SIDEWAYS'
