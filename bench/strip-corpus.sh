#!/bin/sh
# Compares what sizegate's in-process strip makes of ELF files with what GNU
# strip makes of them: size and bytes, for --strip-all (mode 0) and
# --strip-debug (mode 1). Files that differ are listed, the last line of each
# mode has the shares.
#
#   bench/strip-corpus.sh FILE_OR_DIRECTORY...
#
# Directories are searched for ELF executables and libraries. Needs binutils,
# and binutils-aarch64-linux-gnu for arm64 files.
set -eu
if [ $# -eq 0 ]; then
	echo "usage: $0 FILE_OR_DIRECTORY..." >&2
	exit 2
fi
list=$(mktemp)
trap 'rm -f "$list"' EXIT
for root in "$@"; do
	find -H "$(realpath "$root")" -type f -size +1k
done | while IFS= read -r file; do
	# ELF, 64 bits, little-endian; ET_EXEC or ET_DYN.
	case $(head -c 18 "$file" | od -An -tx1 | tr -d ' \n') in
	7f454c460201*0200 | 7f454c460201*0300) printf '%s\n' "$file" ;;
	esac
done >"$list"
cd "$(dirname "$0")/.."
go test ./internal/strip -count=1 -timeout 60m -run '^TestCorpus$' -v -corpus "$list"
