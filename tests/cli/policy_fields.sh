# What a rule can look at, and that a run's input really has just that.
wb policy fields
wb policy fields --json | head -2
project
wb doctor >/dev/null 2>&1 || exit 0
wb policy explain -i .wb/config.yaml --net localhost:1 --json -- true >../answer || :
wb policy fields --json | grep -v -e "approvals\[_\]" -e '"action":' | sed -E 's/.*"field":"input\.([^"]*)".*/\1/' | sed 's/.*\.//; s/\[_\]//' | sort -u | while read -r field; do
	grep -q "\"$field\":" ../answer || echo "not in the input of a run: $field"
done
