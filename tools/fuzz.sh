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
