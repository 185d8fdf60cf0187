#!/usr/bin/env bash
# Builds grpcurl, for looks at the gRPC API by hand, into .tools/bin. No test needs it.
set -euo pipefail
cd "$(dirname "$0")/.."

version=v1.9.4
bin="$PWD/.tools/bin"
[ -x "$bin/grpcurl" ] && exit 0
if ! command -v go >/dev/null 2>&1; then
  echo "grpcurl: no Go here to build it with; only needed for looks by hand"
  exit 0
fi
echo "grpcurl: building $version into .tools/bin"
GOBIN="$bin" GOFLAGS=-modcacherw go install "github.com/fullstorydev/grpcurl/cmd/grpcurl@$version"
