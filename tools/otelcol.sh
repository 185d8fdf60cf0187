#!/usr/bin/env bash
# An OpenTelemetry collector for the tests of traces: built by Go from its own parts into .tools/bin. Without Go those
# tests say so and are left out.
set -euo pipefail
cd "$(dirname "$0")/.."

bin="$PWD/.tools/bin"
if [ -x "$bin/otelcol" ]; then exit 0; fi
if ! command -v go >/dev/null 2>&1; then
  echo "otelcol: Go is not here; traces are not tested with a real collector"
  exit 0
fi
echo "otelcol: building it into .tools/bin, which takes some minutes once"
mkdir -p "$bin"
if ! (cd tools/otelcol && GOFLAGS=-modcacherw go build -o "$bin/otelcol.new" . && mv "$bin/otelcol.new" "$bin/otelcol"); then
  echo "otelcol: $(go version) could not build it; it needs what tools/otelcol/go.mod names and Go's module proxy, once" >&2
  exit 1
fi
