#!/bin/sh
# Where programs and their packages really lie: virtual environments and conda prefixes in and beside the project,
# editable installs, a user's own packages, version managers. Found, not configured; and of the home folder no more.
. "${WB_TEST_SRCDIR:-$(dirname "$0")/../..}/tests/journey/lib.sh"
need_sandbox
[ -x /usr/bin/python3 ] && /usr/bin/python3 -m venv --help >/dev/null 2>&1 || skip "no /usr/bin/python3 with venv"
python=/usr/bin/python3
version=$($python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
stdlib=$($python -c 'import os; print(os.path.dirname(os.__file__))')
unset VIRTUAL_ENV CONDA_PREFIX PYTHONPATH PYTHONUSERBASE PYTHONNOUSERSITE PYENV_ROOT PYENV_VERSION JAVA_HOME R_LIBS R_LIBS_USER
mkdir -p "$HOME/.ssh" "$HOME/.local/share/keyrings" && echo "the private key" >"$HOME/.ssh/id_rsa"
echo hush >"$HOME/.local/share/keyrings/login"
project
tiers=
for tier in 1 2; do
	wb run --tier $tier -- true >/dev/null 2>&1 </dev/null && tiers="$tiers $tier"
done
[ -n "$tiers" ] || skip "no tier works here"

# module NAME FOLDER: a package of one line, which prints who imported it.
module()
{
	mkdir -p "$2/$1" && echo "import sys; WHO = '$1 in ' + sys.prefix" >"$2/$1/__init__.py"
}

# says TEXT COMMAND...: in every tier the command prints it.
says()
{
	text=$1
	shift
	for tier in $tiers; do
		expect 0 wb run --tier "$tier" -- "$@"
		out_has "$text"
	done
}

venv()
{
	"$python" -m venv --without-pip "$@" || fail "cannot make a virtual environment: $*"
}

# --- in the project, ignored; by path, by a shell script, switched on ---
venv .venv
echo /.venv* >.gitignore
site=.venv/lib/python$version/site-packages
module inside "$site"
printf '#!/bin/sh\n. .venv/bin/activate\nexec python3 -c "import inside; print(inside.WHO)"\n' >train.sh
says "inside in $PWD/.venv" .venv/bin/python -c 'import inside; print(inside.WHO)'
says "inside in $PWD/.venv" sh train.sh
says "inside in" env VIRTUAL_ENV="$PWD/.venv" sh -c '.venv/bin/python3 -c "import inside; print(inside.WHO)"'
(
	PATH=$PWD/.venv/bin:$PATH
	export PATH
	says "inside in $PWD/.venv" sh -c 'python3 -c "import inside; print(inside.WHO)"'
	expect 0 wb show --json @
	[ "$(json environment.executable)" = "$PWD/.venv/bin/python3" ] || fail "the record names another Python"
) || exit 1

# --- editable installs: a .pth line, setuptools' finder, its strict folders of links; a hostile line shows nothing ---
module plain "$WORK/src/a"
module found "$WORK/src/b"
module strict "$WORK/src/c"
mkdir -p "$WORK/src/c/build/__editable__.strict-1/strict"
ln -s "$WORK/src/c/strict/__init__.py" "$WORK/src/c/build/__editable__.strict-1/strict/__init__.py"
echo "$WORK/src/a" >"$site/plain.pth"
echo "$WORK/src/c/build/__editable__.strict-1" >"$site/strict.pth"
echo "import __editable___found_finder; __editable___found_finder.install()" >"$site/__editable__.found.pth"
cat >"$site/__editable___found_finder.py" <<END
import sys
from importlib.util import spec_from_file_location
MAPPING: dict[str, str] = {'found': '$WORK/src/b/found'}
class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        return spec_from_file_location(name, MAPPING[name] + "/__init__.py") if name in MAPPING else None
def install():
    sys.meta_path.append(Finder)
END
printf '%s\n%s\n' "$HOME/.ssh" "$HOME/.local/share/keyrings" >"$site/hostile.pth"
cat >editable.py <<END
import plain, found, strict, os
print(plain.WHO, found.WHO, strict.WHO)
for name in ("$HOME/.ssh/id_rsa", "$HOME/.local/share/keyrings/login"):
    try:
        open(name).read()
        print("READ", name)
    except OSError:
        pass
END
says "strict in" .venv/bin/python editable.py
out_lacks READ

# --- console scripts: a first line, and what installers write where the path is too long for one ---
printf '#!%s\nimport inside; print(inside.WHO)\n' "$PWD/.venv/bin/python" >.venv/bin/tool
printf "#!/bin/sh\n'''exec' %s \"\$0\" \"\$@\"\n' '''\nimport inside; print(inside.WHO)\n" "$PWD/.venv/bin/python" >.venv/bin/long
chmod +x .venv/bin/tool .venv/bin/long
says "inside in" .venv/bin/tool
says "inside in" .venv/bin/long

# --- outside the project, by a link; a link in the project ---
venv "$WORK/envs/one"
module outside "$WORK/envs/one/lib/python$version/site-packages"
ln -s one "$WORK/envs/link"
ln -s "$WORK/envs/one" .venv-link
says "outside in" "$WORK/envs/link/bin/python" -c 'import outside; print(outside.WHO)'
says "outside in" .venv-link/bin/python -c 'import outside; print(outside.WHO)'

# --- an installer that links packages out of its cache ---
module cached "$HOME/.cache/uv/archive-v0/x1"
mkdir -p "$HOME/.cache/uv/archive-v0/x1/cached-1.dist-info" "$site/cached" "$site/cached-1.dist-info"
echo >"$HOME/.cache/uv/archive-v0/x1/cached-1.dist-info/METADATA"
ln -s "$HOME/.cache/uv/archive-v0/x1/cached/__init__.py" "$site/cached/__init__.py"
ln -s "$HOME/.cache/uv/archive-v0/x1/cached-1.dist-info/METADATA" "$site/cached-1.dist-info/METADATA"
says "cached in" .venv/bin/python -c 'import cached; print(cached.WHO)'

# --- the user's own packages, for a Python by name and below a shell; PYTHONPATH ---
module own "$HOME/.local/lib/python$version/site-packages"
module beside "$WORK/lib"
says "own in" "$python" -c 'import own; print(own.WHO)'
says "own in" sh -c "$python -c 'import own, os; print(own.WHO)'; ls $HOME/.local/share 2>/dev/null; :"
out_lacks keyrings
mkdir -p parts && echo "WHERE = __file__" >parts/part.py
(
	PYTHONPATH=$WORK/lib:parts
	export PYTHONPATH
	says "beside in" "$python" -c 'import beside, part; print(beside.WHO)'
) || exit 1

# --- conda: a prefix with conda-meta, named environments below it; the home beside it stays out of sight ---
conda=$HOME/miniforge3/envs/ml
mkdir -p "$conda/conda-meta" "$conda/bin" "$conda/lib/python$version"
cp "$(readlink -f $python)" "$conda/bin/python$version" && ln -s "python$version" "$conda/bin/python"
for entry in "$stdlib"/*; do
	case $entry in */site-packages | */dist-packages | */__pycache__) ;; *) ln -s "$entry" "$conda/lib/python$version/" ;; esac
done
for packages in site-packages dist-packages; do module conda_only "$conda/lib/python$version/$packages"; done
printf '#!%s/bin/python\nimport conda_only; print(conda_only.WHO)\n' "$conda" >"$conda/bin/conda-tool" && chmod +x "$conda/bin/conda-tool"
(
	PATH=$conda/bin:$PATH CONDA_PREFIX=$conda CONDA_DEFAULT_ENV=ml
	export PATH CONDA_PREFIX CONDA_DEFAULT_ENV
	says "conda_only in $conda" python -c 'import conda_only; print(conda_only.WHO)'
	says "conda_only in $conda" sh -c 'python -c "import conda_only; print(conda_only.WHO)"'
	says "conda_only in $conda" conda-tool
) || exit 1

# --- pyenv: a shim below a shell; a version that is not there is named ---
mkdir -p "$HOME/.pyenv/shims" "$HOME/.pyenv/versions/9.9.1"
cp -R "$conda/." "$HOME/.pyenv/versions/9.9.1/" && rm -r "$HOME/.pyenv/versions/9.9.1/conda-meta"
printf '#!/bin/sh\nexec pyenv exec python "$@"\n' >"$HOME/.pyenv/shims/python" && chmod +x "$HOME/.pyenv/shims/python"
(
	PATH=$HOME/.pyenv/shims:$PATH
	export PATH
	echo 9.9 >.python-version
	says "9.9.1" sh -c 'python -c "import sys; print(sys.prefix)"'
	echo 8.8.8 >.python-version
	expect 127 wb run -- python -c pass
	err_has "8.8.8"
) || exit 1
rm .python-version

# --- other languages: a version manager's node with its packages, a Java by JAVA_HOME, a project's node_modules ---
node=$HOME/.nvm/versions/node/v1
mkdir -p "$node/bin" "$node/lib/node_modules/left" node_modules/right
printf '#!/bin/sh\ncat "%s/lib/node_modules/left/index.js" node_modules/right/index.js\n' "$node" >"$node/bin/node" && chmod +x "$node/bin/node"
echo left >"$node/lib/node_modules/left/index.js"
echo right >node_modules/right/index.js
echo node_modules >>.gitignore
java=$WORK/jdk
mkdir -p "$java/bin" "$java/lib" "$java/conf" && echo java >"$java/conf/security" && : >"$java/release" >"$java/lib/modules"
printf '#!/bin/sh\ncat "$JAVA_HOME/conf/security"\n' >"$java/bin/java" && chmod +x "$java/bin/java"
(
	PATH=$node/bin:$PATH JAVA_HOME=$java
	export PATH JAVA_HOME
	says right node
	says right sh -c node
	says java sh -c '"$JAVA_HOME/bin/java"'
	says java "$java/bin/java"
) || exit 1

# A project where the layout has a link of its own.
elsewhere=$(mktemp -d /var/tmp/wb-test.XXXXXX)
trap 'rm -rf "$elsewhere"; remove_place' EXIT
cd "$elsewhere"
wb init >/dev/null
echo here >code.txt
says here cat code.txt
