try
try frobnicate
try lss
try --jsn ls
try ls --ordr x
try ls -z
try ls -n
try ls -n 0
try ls -n ten
try ls --color
try ls --color blue
try --color=blue ls
try show
try show a b
try -C /nonexistent ls
try -C "" ls
try ls --store ""
try ls -C /nonexistent
try ls --directory=x
try show --version
try help lss
try help ls extra
try artifacts
try artifacts lss
try artifacts ls
try tensor lss x
try tensor ls
try tag
try checkout @
try metrics
try metrics a b c
try config a b c
try stop
try attach
try logs
try rm
try note
try diff @
try version extra
try log
try log x
