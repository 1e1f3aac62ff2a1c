project
try ls
try ls --json
try ls -q
try ls -e none
try show @
