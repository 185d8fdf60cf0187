#!/usr/bin/env bash
# Brings what `make test` needs beside cargo: redis-server, a Chromium, Node packages. Says little when all is there.
# What it can't bring, it names with the way to get it, all at once, and fails.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
has() { command -v "$1" >/dev/null 2>&1; }
# Where the browser test looks for it.
has_browser() { [ -x "${CHROMIUM:-/usr/bin/chromium}" ]; }

packages=()
has redis-server || packages+=(redis-server)
has_browser || packages+=(chromium)
if [ ${#packages[@]} -gt 0 ]; then
  as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo -n)
  if has apt-get && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; then
    echo "deps: installing ${packages[*]}"
    export DEBIAN_FRONTEND=noninteractive
    log=$(mktemp)
    if ! { "${as_root[@]}" apt-get update -qq &&
      "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${packages[@]}"; } >"$log" 2>&1; then
      tail -n 20 "$log" >&2
    fi
    rm -f "$log"
  fi
  has redis-server || missing+=("redis-server is not installed: apt-get install redis-server")
  has_browser || missing+=("Chromium is not installed: apt-get install chromium, or name one in the variable CHROMIUM")
fi

has cargo || missing+=("cargo is not installed: get Rust 1.90 or newer with rustup")
for part in fmt clippy; do
  cargo "$part" --version >/dev/null 2>&1 || missing+=("cargo $part is not installed: rustup component add ${part/fmt/rustfmt}")
done
if ! has node || [ "$(node -p 'parseInt(process.versions.node)')" -lt 20 ]; then
  missing+=("Node.js 20 or newer is not installed: apt-get install nodejs npm, or a newer one from its makers")
elif ! has npm; then
  missing+=("npm is not installed: apt-get install npm")
else
  for folder in web tools/buf; do
    # npm leaves a copy of the lock file with what it installed.
    if [ ! "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ]; then
      echo "deps: npm ci in $folder"
      (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) ||
        missing+=("npm ci failed in $folder: it needs the npm registry, once")
    fi
  done
fi

if [ ${#missing[@]} -gt 0 ]; then
  printf 'deps: %s\n' "${missing[@]}" >&2
  exit 1
fi
