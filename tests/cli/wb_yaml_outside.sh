# A project file names what lies outside of the project: read only when the command line says so.
need_sandbox
project
mkdir ../elsewhere data
echo secret >../elsewhere/key
echo mine >data/words
ln -s ../../elsewhere/key data/link
for path in data/words data/link ../elsewhere ../elsewhere/key "$(realpath ../elsewhere/key)" ../elsewhere/none; do
	echo "inputs: {key: '$path'}" >wb.yaml
	try run -q -- sh -c 'cat "$WB_INPUTS/key"'
done
echo "inputs: {key: ../elsewhere/key}" >wb.yaml
try run -q -i key=../elsewhere/key -- sh -c 'cat "$WB_INPUTS/key"'
try rerun -q @
wb show --json @ | grep -o '"path":"[^"]*elsewhere/key"' | head -1
try run -q -i key=data/words -- sh -c 'cat "$WB_INPUTS/key"'
