samples
try note @ diverges after step 300
try note @ --json >json
sed 's/"author":"[^"]*"/"author":"SOMEBODY"/; s/"time_ms":[0-9]*/"time_ms":0/' json
wb note @ | sed 's/^[-0-9: ]* [^ ]*:/WHEN WHO:/'
try note @ ''
