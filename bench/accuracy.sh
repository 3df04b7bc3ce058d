#!/bin/sh
# Makes the table of docs/accuracy.md: which share of real files has no owner in
# sizegate, and in bloaty and go-size-analyzer (gsa) where they are installed.
#
#   bench/accuracy.sh DIRECTORY
#
# The files are built and downloaded into DIRECTORY, which can be kept for the
# next time. Needs Go, a Rust toolchain, Debian's apt with the architecture arm64
# added (dpkg --add-architecture arm64), and readelf.
set -eu
if [ $# -ne 1 ]; then
	echo "usage: $0 DIRECTORY" >&2
	exit 2
fi
mkdir -p "$1"
dir=$(realpath "$1")
cd "$(dirname "$0")/.."
manifest=$dir/manifest
: >"$manifest"
tab=$(printf '\t')

# add NAME LIMIT FILE [DEBUGFILE]
add() { printf '%s\t%s\t%s%s\n' "$1" "$2" "$3" "${4:+$tab$4}" >>"$manifest"; }

rust=$(rustc --print sysroot)/bin
add "cargo, Rust, amd64" 2 "$rust/cargo"
add "rustdoc, Rust, amd64" 2 "$rust/rustdoc"
add "go, Go, amd64" 2 "$(go env GOROOT)/bin/go"

# caddy KIND ARCH LIMIT FLAGS...
caddy() {
	kind=$1 arch=$2 limit=$3
	out=$dir/caddy-$kind-$arch
	shift 3
	if [ ! -f "$out" ]; then
		(cd "$dir/caddy" && CGO_ENABLED=0 GOARCH=$arch go build -o "$out" "$@" github.com/caddyserver/caddy/v2/cmd/caddy)
	fi
	add "caddy, Go, $kind, $arch" "$limit" "$out"
}
if [ ! -d "$dir/caddy" ]; then
	mkdir "$dir/caddy"
	(cd "$dir/caddy" && go mod init example.com/caddy && go get github.com/caddyserver/caddy/v2/cmd/caddy@v2.11.9)
fi
for arch in amd64 arm64; do
	caddy plain $arch 2 -trimpath
	caddy stripped $arch 5 -trimpath -ldflags=-s\ -w
	caddy PIE $arch 2 -trimpath -buildmode=pie
	caddy stripped-PIE $arch 5 -trimpath -buildmode=pie -ldflags=-s\ -w
done

# Programs of Debian, and those of them that have their debug files in Debian itself.
packages="ripgrep fd-find fzf docker.io libgprofng0 libgprofng0-dbg libc6 libc6-dbg"
mkdir -p "$dir/deb"
for arch in amd64 arm64; do
	case $arch in
	amd64) target=x86_64-linux-gnu debian=binutils-x86-64-linux-gnu ;;
	arm64) target=aarch64-linux-gnu debian=binutils-aarch64-linux-gnu ;;
	esac
	root=$dir/root-$arch
	for package in $packages $debian $debian-dbg; do
		if [ ! -f "$dir/deb/$package.$arch" ]; then
			(cd "$dir/deb" && apt-get download -q "$package:$arch" && dpkg -x "$package"_*_$arch.deb "$root" && touch "$package.$arch")
		fi
	done
	debug() {
		id=$(readelf -n "$1" | awk '/Build ID/ {print $3}')
		echo "$root/usr/lib/debug/.build-id/${id%"${id#??}"}/${id#??}.debug"
	}
	add "ripgrep of Debian, Rust, stripped, $arch" - "$root/usr/bin/rg"
	add "fd of Debian, Rust, stripped, $arch" - "$root/usr/lib/cargo/bin/fd"
	add "fzf of Debian, Go, stripped, $arch" 5 "$root/usr/bin/fzf"
	add "docker of Debian, Go, stripped, $arch" 5 "$root/usr/bin/docker"
	for file in "gold, C++:usr/bin/$target-ld.gold" "libgprofng, C++:usr/lib/$target/libgprofng.so.0" "libc, C:lib/$target/libc.so.6"; do
		add "${file%%:*}, with debug file, $arch" 2 "$root/${file#*:}" "$(debug "$root/${file#*:}")"
	done
done
go run ./bench/accuracy -write docs/accuracy.md "$manifest"
