#!/bin/sh
# Compares the sizes sizegate gives for a file in a gzip, a zip and a zstd with
# what gzip -9, zip -9 and zstd -19 make of it: for each file the tool's size,
# ours, and the difference in percent.
#
#   bench/archive-corpus.sh FILE...
#
# Needs gzip, zip and zstd. zstd -19 takes about 20 seconds for 50 MB.
set -eu
if [ $# -eq 0 ]; then
	echo "usage: $0 FILE..." >&2
	exit 2
fi
list=$(mktemp)
trap 'rm -f "$list"' EXIT
for file in "$@"; do
	realpath "$file"
done >"$list"
cd "$(dirname "$0")/.."
go test ./internal/archive -count=1 -timeout 60m -run '^TestCorpus$' -v -corpus "$list" | grep '|'
