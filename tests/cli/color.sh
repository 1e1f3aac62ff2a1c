samples
wb --color always ls -n 1 | sed 's/\x1b/ESC/g'
NO_COLOR=1 wb ls -n 1 | sed 's/\x1b/ESC/g'
wb ls -n 1 --color=never | sed 's/\x1b/ESC/g'
wb --color always show nobody 2>&1 | sed 's/\x1b/ESC/g'
