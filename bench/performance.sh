#!/bin/sh
# Makes the figures of docs/performance.md: time and memory beside nm, readelf,
# bloaty and go-size-analyzer (gsa), on files that grow, and on many files. Exits
# non-zero where a target is missed.
#
#   bench/performance.sh DIRECTORY
#
# The Go programs are built in DIRECTORY, which can be kept for the next time. Needs
# Go, a Rust toolchain, binutils, bloaty and gsa, 2 GB in the directory for temporary
# files, and a machine with nothing else to do.
set -eu
if [ $# -ne 1 ]; then
	echo "usage: $0 DIRECTORY" >&2
	exit 2
fi
for tool in nm readelf bloaty gsa rustc go; do
	command -v "$tool" >/dev/null || { echo "$0: $tool is not installed" >&2; exit 1; }
done
mkdir -p "$1"
dir=$(realpath "$1")
cd "$(dirname "$0")/.."
if [ ! -d "$dir/caddy" ]; then
	mkdir "$dir/caddy"
	(cd "$dir/caddy" && go mod init example.com/caddy && go get github.com/caddyserver/caddy/v2/cmd/caddy@v2.11.9)
fi
for arch in amd64 arm64; do
	[ -f "$dir/caddy-plain-$arch" ] ||
		(cd "$dir/caddy" && CGO_ENABLED=0 GOARCH=$arch go build -trimpath -o "$dir/caddy-plain-$arch" github.com/caddyserver/caddy/v2/cmd/caddy)
done
rust=$(rustc --print sysroot)
go run ./bench/performance -write docs/performance.md -many /usr -growth \
	"$rust/bin/cargo" "$rust"/lib/librustc_driver-*.so "$dir/caddy-plain-amd64" "$dir/caddy-plain-arm64"
