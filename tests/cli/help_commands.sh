for c in init run rerun stop attach shell logs ls show diff metrics artifacts 'artifacts ls' 'artifacts get' 'artifacts cat' \
	tensor 'tensor ls' tag note rm checkout verify log policy 'policy check' 'policy eval' 'policy explain' 'policy fields' 'policy bench' doctor sandbox 'sandbox learn' 'sandbox show' 'sandbox profiles' config completion version help; do
	echo "=== $c"
	wb help $c
done
