try ls
try --store /nonexistent ls
mkdir plain
try --store plain ls
project
try init
try --store x init
echo wb store 99 >.wb/format
try ls
