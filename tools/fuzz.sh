#!/usr/bin/env bash
# Fuzz targets with libFuzzer on stable Rust; `make fuzz` calls this.
#
#   tools/fuzz.sh build               only builds
#   tools/fuzz.sh run [TARGET...]     each target for TIME seconds (10), one after the other; what is new and finds
#                                     new ways is kept in target/fuzz/corpus, a crash stops it and is told
#   tools/fuzz.sh keep [TARGET...]    the fewest files that reach all that was reached, into fuzz/corpus
set -euo pipefail
cd "$(dirname "$0")/.."

# What cargo-fuzz passes, but for the sanitizers: those alone need a nightly compiler, and all code of ours is safe.
# With --target, build scripts and macros are built without these.
flags=(
  -Cpasses=sancov-module
  -Cllvm-args=-sanitizer-coverage-level=4
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
  -Cllvm-args=-sanitizer-coverage-pc-table
  -Cllvm-args=-sanitizer-coverage-trace-compares
  -Clink-dead-code
  -Ccodegen-units=1
)
host=$(rustc -vV | sed -n 's/^host: //p')
program=target/fuzz/$host/fuzz/fuzz

build() {
  # Counters and incremental builds don't go together: two parts of a crate would count for each other.
  CARGO_INCREMENTAL=0 RUSTFLAGS="${flags[*]}" cargo build --quiet --locked -p switchboard-fuzz --features libfuzzer \
    --bin fuzz --profile fuzz --target "$host" --target-dir target/fuzz
}

# All targets, or those that were named.
targets() {
  if [ $# -gt 0 ]; then printf '%s\n' "$@"; else (cd fuzz/corpus && ls); fi
}

seeds() {
  cargo run --quiet --locked --profile fuzz --target-dir target/fuzz -p switchboard-fuzz --example seeds -- target/fuzz/seeds
}

# One target. Files of 4 KiB reach all that is read here, but for bounds of which tests tell. A run of one input that takes
# 10 s is a fault, and so is one that takes 1 GiB.
fuzz() {
  local name=$1
  mkdir -p "target/fuzz/corpus/$name" "target/fuzz/crashes/$name" "target/fuzz/seeds/$name"
  echo "fuzz: $name for ${TIME:-10} s"
  FUZZ_TARGET=$name "$program" "target/fuzz/corpus/$name" "fuzz/corpus/$name" "target/fuzz/seeds/$name" \
    -max_total_time="${TIME:-10}" -max_len=4096 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
    -artifact_prefix="target/fuzz/crashes/$name/"
}

run() {
  local name
  for name in $(targets "$@"); do
    fuzz "$name" || {
      echo "fuzz: $name failed; what it was given is in target/fuzz/crashes/$name. Mend it, and keep the file in fuzz/corpus/$name." >&2
      exit 1
    }
  done
}

# The fewest files that reach what all of them reach. Crashes that were mended stay, by their name.
keep() {
  local name folder kept
  for name in $(targets "$@"); do
    folder=fuzz/corpus/$name
    kept=$(mktemp -d)
    FUZZ_TARGET=$name "$program" -merge=1 -max_len=4096 "$kept" "target/fuzz/corpus/$name" "$folder" \
      "target/fuzz/seeds/$name" 2>/dev/null
    find "$folder" -type f ! -name 'case-*' -delete
    cp "$kept"/* "$folder/"
    rm -rf "$kept"
    echo "fuzz: $name keeps $(ls "$folder" | wc -l) files"
  done
}

case ${1:-run} in
  build) build ;;
  run | keep)
    build
    seeds
    "${1:-run}" "${@:2}"
    ;;
  *)
    echo "fuzz: there is no ${1:-}; see the head of tools/fuzz.sh" >&2
    exit 64
    ;;
esac
