#!/usr/bin/env bash
# Builds the release of the commit that is checked out twice, from two clones in
# different places, with other settings and with nothing from one left for the other,
# compares every byte, and installs each part in an empty root and runs it.
#
#   release/check.sh
#
# Needs git, Go, dpkg and, to install, root or user namespaces (unshare).
set -euo pipefail
cd "$(dirname "$0")/.."

dir=$(mktemp -d)
trap 'chmod -R u+w "$dir" && rm -rf "$dir"' EXIT
GOTOOLCHAIN=$(sed -n 's/^const toolchain = "\(.*\)"$/\1/p' release/build.go)
export GOTOOLCHAIN
git clone -q --no-local . "$dir/one"
git clone -q --no-local . "$dir/another place/two"
(cd "$dir/one" && go run ./release -o "$dir/a")
# What go env -w of another user may have set.
mkdir "$dir/home"
printf 'GOFLAGS=-tags=other\n' >"$dir/home/env"
modules=$(go env GOMODCACHE)
(cd "$dir/another place/two" && umask 077 &&
  HOME=$dir/home GOMODCACHE=$modules GOENV=$dir/home/env GOFLAGS= TZ=Pacific/Kiritimati LC_ALL=tr_TR.UTF-8 SOURCE_DATE_EPOCH=1 GOCACHE=$dir/cache \
    go run ./release -o "$dir/b")
diff -r "$dir/a" "$dir/b"
(cd "$dir/a" && sha256sum --quiet -c SHA256SUMS)
# As the README says, of one file; and another file of that name is seen.
mkdir "$dir/one file"
cp "$dir"/a/{SHA256SUMS,*_linux_amd64.tar.gz} "$dir/one file"
(cd "$dir/one file" && sha256sum --ignore-missing -c SHA256SUMS)
for f in "$dir/one file"/*.tar.gz; do echo >>"$f"; done
if (cd "$dir/one file" && sha256sum --ignore-missing -c SHA256SUMS >/dev/null 2>&1); then echo "a changed archive passes its checksum"; exit 1; fi
[ "$(wc -l <"$dir/a/SHA256SUMS")" = "$(($(ls "$dir/a" | wc -l) - 1))" ]
echo "both builds are the same: $(ls "$dir/a" | wc -l) files"

commit=$(git rev-parse HEAD)
case $(uname -m) in x86_64) arch=amd64 ;; aarch64) arch=arm64 ;; esac
if [ "$(id -u)" = 0 ]; then asroot=(); else asroot=(unshare -r); fi
# says holds what a program says of itself against the commit.
says() { "$@" version | grep -qx "commit   $commit" || { echo "$* is not of $commit"; exit 1; }; }

for system in linux_amd64 linux_arm64 darwin_arm64; do
  mkdir -p "$dir/root/$system"
  tar -xzf "$dir"/a/*_"$system.tar.gz" -C "$dir/root/$system" --strip-components=1
  [ "$(ls "$dir/root/$system" | tr '\n' ' ')" = "CHANGELOG.md LICENSE README.md THIRD_PARTY_LICENSES.txt man sizegate " ]
done
says "$dir/root/linux_$arch/sizegate"
[ "$(head -c 4 "$dir/root/darwin_arm64/sizegate" | od -An -tx1)" = " cf fa ed fe" ] # 64-bit Mach-O
echo "the archives: installed"

mkdir -p "$dir"/deb/var/lib/dpkg/{updates,info,triggers}
touch "$dir/deb/var/lib/dpkg/status"
"${asroot[@]}" dpkg --root="$dir/deb" --force-not-root --log=/dev/null -i "$dir"/a/*_"$arch.deb" >/dev/null
(cd "$dir/deb" && md5sum --quiet -c var/lib/dpkg/info/sizegate.md5sums)
says "${asroot[@]}" chroot "$dir/deb" /usr/bin/sizegate
[ "$(ls "$dir/deb/usr/share/man/man1" | head -n 1)" = sizegate-advise.1.gz ]
"${asroot[@]}" dpkg --root="$dir/deb" --force-not-root --log=/dev/null -r sizegate >/dev/null
[ ! -e "$dir/deb/usr/bin/sizegate" ]
echo "the Debian package: installed and removed"

mkdir "$dir/layout" "$dir/image"
tar -xf "$dir"/a/*_image.tar -C "$dir/layout"
(cd "$dir/layout/blobs/sha256" && for f in *; do echo "$f  $f"; done | sha256sum --quiet -c)
"$dir/root/linux_$arch/sizegate" report -q --platform "linux/$arch" -f json -o "$dir/image.json" "$dir"/a/*_image.tar
grep -qE '"digest": ?"sha256:[0-9a-f]{64}"' "$dir/image.json"
for blob in "$dir"/layout/blobs/sha256/*; do
  if gzip -t "$blob" 2>/dev/null && tar -xzf "$blob" -O sizegate | cmp -s - "$dir/root/linux_$arch/sizegate"; then
    tar -xzf "$blob" -C "$dir/image"
  fi
done
says "${asroot[@]}" chroot "$dir/image" /sizegate
echo "the image: run from its files"

GOBIN=$dir/bin go -C "$dir/one" install -trimpath -buildvcs=true ./cmd/sizegate
says "$dir/bin/sizegate"
echo "go install: done"
