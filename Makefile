# make test   everything that has to be right before a commit; what it needs, it brings
# make run    the program, with its page at http://localhost:8080
.NOTPARALLEL:
.PHONY: test deps test-deps fmt fmt-check clippy doc test-rust test-web lint-proto gen run bench help

# Each of these fails by itself: `make clippy` is a test too.
test: test-deps fmt-check lint-proto clippy doc test-web test-rust
	@echo "make test: all passed"

help:
	@echo "make test    format, lints, docs, all tests; the browser test is one of the Rust tests"
	@echo "make deps    what the tests need: redis-server, Chromium, Node packages; and grpcurl if Go is there"
	@echo "make fmt     formats the Rust code"
	@echo "make gen     the generated code of the contract, from proto/"
	@echo "make run     the program, optimized"
	@echo "make bench   a short load test of a switchboard that runs (GATEWAYS, PIDS)"

deps: test-deps
	@tools/grpcurl.sh

test-deps:
	@tools/deps.sh

fmt:
	cargo fmt --all

fmt-check:
	cargo fmt --all --check

clippy:
	cargo clippy --quiet --locked --workspace --all-targets -- -D warnings

doc:
	RUSTDOCFLAGS=-Dwarnings cargo doc --quiet --locked --workspace --no-deps

test-rust:
	cargo test --quiet --locked --workspace

test-web:
	cd web && node --test --test-reporter=spec test/*.test.js

lint-proto:
	tools/buf/node_modules/.bin/buf lint

gen:
	cargo run --quiet --locked -p switchboard-proto --example gen

run:
	cargo run --locked --release

# As in BENCHMARKS.md, shorter. Start what is to be measured first, e.g.:
#   make bench GATEWAYS="http://localhost:8080 http://localhost:8081" PIDS=$$(pgrep -d, -x switchboard)
GATEWAYS ?= http://localhost:8080
PIDS ?=
LOAD = cargo run --quiet --locked --release -- loadtest
TARGET = $(foreach url,$(GATEWAYS),--gateway $(url)) $(if $(PIDS),--pid $(PIDS))
bench:
	$(LOAD) relay --rate 1000 $(TARGET)
	$(LOAD) joins $(TARGET)
	$(LOAD) idle $(TARGET)
