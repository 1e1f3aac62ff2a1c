# Mistakes in a project file are told by line and column, before anything runs.
project
mistake() # TEXT
{
	printf "$1" >wb.yaml
	try run -- true
}
mistake 'experimnt: digits\n'
mistake 'limits:\n  memory: lots\n'
mistake 'params:\n  lr: [1, 2]\n'
mistake 'params: {lr: 1, lr: 2}\n'
mistake 'command: a | b\n'
mistake 'a: &a [x, x]\nb: [*a, *a]\n'
mistake 'params: {\n'
mistake 'experiment: \377\n'
mistake 'gpus: 1\n'
mistake '[a, b]\n'
mistake 'tasks:\n  train: {comand: x}\n'
printf 'tasks:\n  train: {params: {lr: 1}}\n' >wb.yaml
try run train
try run
try run --profile big -- true
try run --entry main -- true
rm wb.yaml
try run --profile big -- true
try config --task train
