#!/bin/sh
# Makes the figures of docs/images.md: time and memory of sizegate report on images
# with 1 GiB of files, beside sha256sum and gzip -dc. Exits non-zero where a target is
# missed.
#
#   bench/images.sh DIRECTORY
#
# The images are made in DIRECTORY from files of this machine, which takes 2 GB while
# it lasts, and can be kept for the next time. Needs Go, a Rust toolchain, gzip,
# and a machine with nothing else to do.
set -eu
if [ $# -ne 1 ]; then
	echo "usage: $0 DIRECTORY" >&2
	exit 2
fi
for tool in go rustc gzip sha256sum; do
	command -v "$tool" >/dev/null || { echo "$0: $tool is not installed" >&2; exit 1; }
done
mkdir -p "$1"
dir=$(realpath "$1")
cd "$(dirname "$0")/.."
go run ./bench/images -dir "$dir" /usr/bin "$(rustc --print sysroot)" "$(go env GOROOT)" /usr/lib/x86_64-linux-gnu
