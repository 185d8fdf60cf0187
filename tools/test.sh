#!/usr/bin/env bash
# Everything that has to be right before a commit; what it needs, it brings. `make test` and the continuous integration
# call this, and it can be called without make.
#
#   tools/test.sh               all parts, in order
#   tools/test.sh clippy rust   these parts; each brings nothing but itself
#
# Parts: deps fmt proto web types clippy doc build rust socketio browser system. At the end it tells how long each took, longest first.
set -euo pipefail
cd "$(dirname "$0")/.."

# What was brought into the project itself; what is installed goes first.
export PATH="$PATH:$PWD/.tools/bin"
scratch=$(mktemp -d)
times=$scratch/times
: >"$times"

summary() {
  local code=$?
  if [ -s "$times" ]; then
    echo "test: ${SECONDS} s in all; longest first, test programs of \"rust\" indented:"
    sort -rn "$times" | head -n 24 | while IFS=$'\t' read -r seconds name; do printf '%8s s  %s\n' "$seconds" "$name"; done
  fi
  rm -rf "$scratch"
  if [ "$code" = 0 ]; then echo "test: all passed"; else echo "test: ${part:-start} failed" >&2; fi
  exit "$code"
}
trap summary EXIT
trap 'exit 130' INT TERM

# One profile for all that is built for tests, and one set of features: what is built here is what every later part runs.
programs=$scratch/programs.json
build() {
  cargo test --quiet --locked --workspace --no-run --message-format=json-render-diagnostics >"$programs"
}

deps() { tools/deps.sh; }
fmt() { cargo fmt --all --check; }
proto() { tools/buf/node_modules/.bin/buf lint; }
clippy() { cargo clippy --quiet --locked --workspace --all-targets -- -D warnings; }
doc() { RUSTDOCFLAGS=-Dwarnings cargo doc --quiet --locked --workspace --no-deps; }
web() { (cd web && node --test --test-reporter=spec test/*.test.js); }
types() { (cd web && npm run --silent --if-present check) && (cd system && npm run --silent check); }

rust() {
  [ -s "$programs" ] || build
  local log=$scratch/rust.log code=0
  CARGO_TERM_COLOR=never cargo test --locked --workspace -- --quiet 2>&1 | tee "$log" || code=$?
  node tools/durations.mjs "$programs" "$log" >>"$times"
  return "$code"
}

# Browsers against the program as the Rust tests have built it. A test gets
#   SWITCHBOARD_BIN   the program
#   CHROMIUM, FIREFOX the browsers; set one to use another
browser() {
  local tests=(web/test/browser/*.test.mjs)
  if [ ! -e "${tests[0]}" ]; then
    echo "test: no browser tests in web/test/browser"
    return
  fi
  [ -s "$programs" ] || build
  local target
  target=$(cargo metadata --quiet --locked --format-version 1 --no-deps |
    node -p 'JSON.parse(fs.readFileSync(0, "utf8")).target_directory')
  SWITCHBOARD_BIN="$target/debug/switchboard" node --test --test-concurrency=1 --test-reporter=spec "${tests[@]}"
}

# The clients of others, from npm, against the program and the example as the Rust tests have built them.
socketio() {
  [ -s "$programs" ] || build
  local target
  target=$(cargo metadata --quiet --locked --format-version 1 --no-deps |
    node -p 'JSON.parse(fs.readFileSync(0, "utf8")).target_directory')
  SWITCHBOARD_BIN="$target/debug/switchboard" node --test --test-concurrency=1 --test-reporter=spec web/test/socketio/*.test.mjs
}

# As it is deployed: behind a real Envoy, with members that come, go and crash, and with k6.
system() {
  [ -s "$programs" ] || build
  local target
  target=$(cargo metadata --quiet --locked --format-version 1 --no-deps |
    node -p 'JSON.parse(fs.readFileSync(0, "utf8")).target_directory')
  SWITCHBOARD_BIN="$target/debug/switchboard" node --test --test-concurrency=1 --test-reporter=spec system/*.test.mjs
}

# Where the tests, in Rust too, look for browsers.
find_browsers() {
  # shellcheck source=tools/browsers.sh
  . tools/browsers.sh
}

[ $# -gt 0 ] || set -- deps fmt proto web types clippy doc build rust socketio browser system
for part in "$@"; do
  case $part in
    deps | fmt | proto | web | types | clippy | doc | build | rust | socketio | browser | system) ;;
    *)
      echo "test: there is no part $part; see the head of tools/test.sh" >&2
      trap 'rm -rf "$scratch"' EXIT
      exit 64
      ;;
  esac
done
for part in "$@"; do
  echo "test: $part"
  from=$SECONDS
  find_browsers
  code=0
  # In a shell of its own: `set -e` does not hold in what is asked whether it went well.
  set +e
  (set -e; "$part")
  code=$?
  set -e
  printf '%s\t%s\n' "$((SECONDS - from))" "$part" >>"$times"
  [ "$code" = 0 ] || exit "$code"
done
