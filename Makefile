# make test   everything that has to be right before a commit; what it needs, it brings
# make run    the program, with its page at http://localhost:8080
# No make? tools/test.sh is what `make test` calls.
.NOTPARALLEL:
.PHONY: test help deps fmt fmt-check lint-proto test-web check-web clippy doc build test-rust test-socketio test-browser test-system roll gen run bench growth pieces instructions chaos recovery fuzz fuzz-keep

test:
	@tools/test.sh

help:
	@echo "make test    format, lints, docs, all tests; the same as tools/test.sh"
	@echo "make deps    what the tests need: redis-server, Chromium, Firefox, Prometheus, Node packages; and grpcurl if Go is there"
	@echo "make fmt     formats the Rust code"
	@echo "make gen     the generated code of the contract, from proto/, and docs/metrics.md and docs/settings.md"
	@echo "make run     the program, optimized"
	@echo "make chaos   rounds of faults over real processes (ROUNDS, SEED, REDIS, FAILOVERS)"
	@echo "make recovery how long each fault is felt (RUNS, FAULT)"
	@echo "make fuzz    each fuzz target for TIME seconds, one after the other; make fuzz-keep keeps what was found (TARGETS)"
	@echo "make roll    everything is replaced under load, behind Envoy (FROM, TO: two programs)"
	@echo "make growth  what a message costs by rate and by rooms, and what a room takes, into BENCHMARKS.md (SECONDS)"
	@echo "make pieces  what single pieces of a signal's way take: rules, encodings, fan-out, appends (ONLY: those of which the name has it)"
	@echo "make instructions  how many instructions a message takes, by process and function, into BENCHMARKS.md; needs valgrind"
	@echo "make bench   Switchboard and its peers side by side, into BENCHMARKS.md (ROUNDS, SECONDS)"
	@echo "one part:    make fmt-check lint-proto test-web check-web clippy doc build test-rust test-socketio test-browser test-system"

fmt:
	cargo fmt --all

# The parts of `make test`, each by itself.
deps:
	@tools/test.sh deps
fmt-check:
	@tools/test.sh fmt
lint-proto:
	@tools/test.sh proto
test-web:
	@tools/test.sh web
check-web:
	@tools/test.sh types
clippy:
	@tools/test.sh clippy
doc:
	@tools/test.sh doc
build:
	@tools/test.sh build
test-rust:
	@tools/test.sh rust
test-socketio:
	@tools/test.sh socketio
test-browser:
	@tools/test.sh browser
test-system:
	@tools/test.sh system

# Everything replaced under load behind Envoy, from the program FROM to the program TO; about a minute.
FROM ?= target/debug/switchboard
TO ?= target/debug/switchboard
roll:
	cargo build --quiet --locked --workspace --bin switchboard
	PATH="$$PATH:$$PWD/.tools/bin" node system/roll.mjs --from $(FROM) --to $(TO)

gen:
	cargo run --quiet --locked -p switchboard-proto --example gen
	cargo run --quiet --locked -p switchboard --example metrics >docs/metrics.md.new && mv docs/metrics.md.new docs/metrics.md
	cargo run --quiet --locked -p switchboard --example settings

run:
	cargo run --locked --release

# Rounds of faults by chance over real processes; 5 to 12 s each. SEED is the first round's; REDIS=1: Redis has faults too,
# and behind Sentinels and as a Cluster it fails over, FAILOVERS times each, 5 to 40 s a time.
ROUNDS ?= 50
SEED ?= 1
REDIS ?= 0
FAILOVERS ?= 5
chaos:
	ROUNDS=$(ROUNDS) SEED=$(SEED) REDIS=$(REDIS) FAILOVERS=$(FAILOVERS) cargo test --quiet --locked -p switchboard --test chaos -- \
		rounds:: $(if $(filter 1,$(REDIS)),outages:: failovers::) --nocapture --test-threads 1

# How long each fault is felt, as the table of README.md; about a minute a run.
RUNS ?= 10
recovery:
	RUNS=$(RUNS) cargo test --quiet --locked -p switchboard --test chaos -- recovery:: --ignored --nocapture

# Everything that reads bytes of others, under libFuzzer on stable Rust (fuzz/README.md); needs a C++ compiler.
TIME ?= 10
TARGETS ?=
fuzz:
	@TIME=$(TIME) tools/fuzz.sh run $(TARGETS)
fuzz-keep:
	@tools/fuzz.sh keep $(TARGETS)

# Ours and the peers of peers/ by one load generator, interleaved; writes the table of bars in BENCHMARKS.md. A round takes
# some ten minutes.
ROUNDS_OF_BENCH = $(if $(filter command line environment,$(origin ROUNDS)),$(ROUNDS),3)
SECONDS ?= 5
bench:
	cargo build --quiet --locked --release --workspace --bin switchboard --example floor
	cd peers/node && npm ci --silent
	node tools/bench.mjs --rounds $(ROUNDS_OF_BENCH) --seconds $(SECONDS)

# Some three minutes.
growth:
	cargo build --quiet --locked --release --workspace --bin switchboard
	node tools/growth.mjs --seconds $(SECONDS)

# Some two minutes. What it found stays in target/criterion, and the next run tells what differs.
ONLY ?=
pieces:
	cargo bench --quiet --locked --workspace --bench pieces -- $(if $(ONLY),"$(ONLY)")

# Some two minutes.
instructions:
	cargo build --quiet --locked --release --workspace --bin switchboard
	node tools/instructions.mjs
