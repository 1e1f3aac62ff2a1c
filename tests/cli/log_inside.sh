# `wb log` in a shell script.
need_sandbox
project
cat >train.sh <<'EOF'
exec 2>&1 # two streams would come in any order
try()
{
	"$@" && echo ok || echo "[$?]"
}
try wb log loss=0.5 acc=0.75 step=3
try wb log loss=NaN step=4
try wb log loss=-inf step=5
try wb log param depth=3 "two words=x y"
try wb log tag phase=warm
try wb log loss=many
try wb log
try wb log step=3
try wb log loss
try wb log loss=1 step=x
EOF
try run -- sh train.sh 2>&1 | sed -E 's/ in [0-9].*/ in TIME/; s/ [0-9a-f]{12} \(.*\)/ ID (NAME)/'
try metrics @ loss
wb show @ | sed -n '/^Params/,/^Metrics/p'
try_run run -p lr=1 -- sh -c 'wb log param lr=1 depth=3; wb log param lr=2; wb log param depth=4 width=5'
wb show --json @ | pick_json lr depth width
