# Asked to end as soon as its run is recorded, and its whole group with it, the viewer never leaves it going unseen.
need_sandbox
project
wb run -q -- true
for i in 1 2 3 4 5; do
	setsid wb run -q -- sleep 60 &
	viewer=$!
	while [ -z "$(ls .wb/pending)" ]; do
		kill -0 $viewer || exit 1
	done
	kill -s TERM -- -$viewer
	wait $viewer || echo "[$?]"
done
wb ls --json -n 5 | while read -r line; do echo "$line" | pick_json status; done
