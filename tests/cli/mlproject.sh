# MLproject files as they are, with this machine's own packages.
need_sandbox
project
cat >MLproject <<'YAML'
name: tutorial
python_env: python_env.yaml
entry_points:
  main:
    parameters:
      alpha: float
      l1_ratio: {type: float, default: 0.1}
      data: {type: path, default: data.csv}
    command: "echo main {alpha} {l1_ratio} && cat {data} && echo"
  check:
    command: "echo check"
YAML
echo 1,2 >data.csv
echo 'echo script "$@"' >job.sh
try run .
try run -q . -p alpha=0.5
try run -q . -p alpha=0.5 -p 'note=it is "so"; exit 3' --json >/dev/null
wb show @ --json | grep -o '"command":[^]]*]'
try run -q . --entry check
try run -q . --entry job.sh -p n=1
try run . --entry chekc
try run . -p alpha=fast
try run . -p alpha=1 -p data=none.csv
try run . --entry check -- more
try -C / run -q "$WORK/p" --entry check
try rerun -q @
wb show @ | sed -n '/^Tags/,/^$/p'
mkdir bare
try run bare/
printf 'docker_env: {image: x}\n' >MLproject
try run .
