# A program below the home folder brings its libraries along, and nothing else of the folder it lies in.
need_sandbox
project
mkdir -p "$HOME/.local/bin" "$HOME/.local/share/keyrings" "$HOME/.local/lib" "$HOME/links"
echo secret >"$HOME/.local/share/keyrings/login"
echo library >"$HOME/.local/lib/part"
cat >"$HOME/.local/bin/tool" <<'SH'
#!/bin/sh
cat "${0%/bin/*}/lib/part"
cat "${0%/bin/*}/share/keyrings/login" 2>/dev/null || echo 'no keyring'
SH
chmod +x "$HOME/.local/bin/tool"
wb run -q -- "$HOME/.local/bin/tool"
ln -s /usr/bin/true "$HOME/links/yes"
wb run -q -- "$HOME/links/yes"
python=$(command -v /usr/bin/python3) || exit 0
ln -s "$python" "$HOME/links/python3"
PATH=$HOME/links:$PATH
wb run -q -- python3 -c 'print("a Python behind a link")'
