need_sandbox
project
echo x >file
wb run -v -n first -- sh -c 'wb log loss=1' 2>&1 >../out | sed -E -e '/^sandbox/d' -e 's/ in .*/ in TIME/' -e 's/tree [0-9a-f]+/tree ID/' -e 's/\<[0-9a-f]{12}\>/ID/g'
wb ls -v | awk 'NR == 2 { print $1 }'
wb show -v @ | sed -n '/^Metrics/,$p' | awk '{ print $1 }'
