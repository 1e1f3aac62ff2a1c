samples
try ls -n 2
try ls -q -n 1
try ls "status = 'FAILED'"
try ls -e digits --order 'metrics.acc DESC'
try ls 'metrics.acc > 0.9' -c params.lr -c tags.kind -c metrics.system/cpu
try ls 'params.lr = 99'
try ls -c lr
