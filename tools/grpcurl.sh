#!/usr/bin/env bash
# grpcurl for the tests and for looks by hand: the one on the PATH, else built by Go into .tools/bin. Without Go the tests
# drive the API by `buf curl` alone.
set -euo pipefail
cd "$(dirname "$0")/.."

version=v1.9.4
bin="$PWD/.tools/bin"
if command -v grpcurl >/dev/null 2>&1 || [ -x "$bin/grpcurl" ]; then exit 0; fi
if ! command -v go >/dev/null 2>&1; then
  echo "grpcurl: neither grpcurl nor Go is here; the API is tested by buf curl alone"
  exit 0
fi
echo "grpcurl: building $version into .tools/bin"
if ! GOBIN="$bin" GOFLAGS=-modcacherw go install "github.com/fullstorydev/grpcurl/cmd/grpcurl@$version"; then
  echo "grpcurl: $(go version) could not build it; it needs Go 1.21 or newer and Go's module proxy, once" >&2
  exit 1
fi
