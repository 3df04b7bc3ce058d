package lambda

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/oneline"
)

// DefaultRuntime is the runtime of a function that names none.
const DefaultRuntime = "provided.al2023"

// system is the operating system of a runtime.
type system struct {
	glibc version
	// libstdcxx and cxxabi are the newest versions of libstdc++'s symbols, of the
	// image of the date below: they move with the system's compiler.
	libstdcxx, cxxabi version
	libraries         map[string]bool // by DT_SONAME, in /lib64
}

// The versions of glibc are documented:
// https://docs.aws.amazon.com/linux/al2023/ug/glibc-gcc-and-binutils.html, read
// 2026-11. What libraries the runtimes have is not. AWS says that
// provided.al2023 is based on the minimal container image
// (https://aws.amazon.com/blogs/compute/introducing-the-amazon-linux-2023-runtime-for-aws-lambda/).
// The lists are from what the Bref project found in the images of both runtimes
// (https://github.com/brefphp/aws-lambda-layers, utils/lib-copy and
// utils/lib-check, of 2023 to 2025): the libraries that were there on every
// date that it recorded. libstdc++.so.6.0.33 of GCC 14 replaced 6.0.29 of GCC
// 11 in Amazon Linux 2023 in 2025; which versions of symbols these have is in
// https://gcc.gnu.org/onlinedocs/libstdc++/manual/abi.html.
const (
	everyGlibc = `libc.so.6 libm.so.6 libpthread.so.0 libdl.so.2 librt.so.1 libutil.so.1 libresolv.so.2 libanl.so.1
		libBrokenLocale.so.1 libthread_db.so.1 libnss_compat.so.2 libnss_dns.so.2 libnss_files.so.2`
	everyCompiler = `libgcc_s.so.1 libstdc++.so.6`
	al2023        = `libacl.so.1 libarchive.so.13 libassuan.so.0 libattr.so.1 libblkid.so.1 libbz2.so.1 libcap.so.2
		libcom_err.so.2 libcrypto.so.3 libcurl.so.4 libffi.so.8 libgcrypt.so.20 libgio-2.0.so.0 libglib-2.0.so.0
		libgmodule-2.0.so.0 libgmp.so.10 libgobject-2.0.so.0 libgpg-error.so.0 libgpgme.so.11 libgssapi_krb5.so.2
		libgthread-2.0.so.0 libidn2.so.0 libjson-c.so.5 libk5crypto.so.3 libkeyutils.so.1 libkrb5.so.3
		libkrb5support.so.0 liblz4.so.1 liblzma.so.5 libmount.so.1 libmpfr.so.6 libncurses.so.6 libncursesw.so.6
		libnghttp2.so.14 libp11-kit.so.0 libpcre2-8.so.0 libpopt.so.0 libreadline.so.8 libselinux.so.1
		libsmartcols.so.1 libsqlite3.so.0 libssl.so.3 libtasn1.so.6 libtinfo.so.6 libunistring.so.2 libuuid.so.1
		libverto.so.1 libxml2.so.2 libyaml-0.so.2 libz.so.1 libzstd.so.1`
	al2 = `libacl.so.1 libattr.so.1 libbz2.so.1 libcap.so.2 libcom_err.so.2 libcrypt.so.1 libcrypto.so.10 libcurl.so.4
		libffi.so.6 libgmp.so.10 libgssapi_krb5.so.2 libidn2.so.0 libk5crypto.so.3 libkeyutils.so.1 libkrb5.so.3
		libkrb5support.so.0 liblber-2.4.so.2 libldap-2.4.so.2 liblzma.so.5 libncurses.so.6 libncursesw.so.6
		libnghttp2.so.14 libnsl.so.1 libpcre.so.1 libpopt.so.0 libreadline.so.6 libsasl2.so.3 libselinux.so.1
		libsqlite3.so.0 libssh2.so.1 libssl.so.10 libtasn1.so.6 libtinfo.so.6 libunistring.so.0 libuuid.so.1
		libverto.so.1 libxml2.so.2 libz.so.1`
)

// runtime is where a function runs.
type runtime struct {
	name    string
	custom  bool    // it starts the package's bootstrap
	system  *system // nil if it is not known
	unknown bool    // the name itself
}

// onAL2 are the managed runtimes on Amazon Linux 2, onAL2023 those on Amazon
// Linux 2023. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html,
// read 2026-11.
const (
	onAL2 = `nodejs12.x nodejs14.x nodejs16.x nodejs18.x python3.8 python3.9 python3.10 python3.11 java8.al2 java11 java17
		ruby2.7 ruby3.2 dotnet6 dotnetcore3.1`
	onAL2023 = `nodejs20.x nodejs22.x nodejs24.x python3.12 python3.13 python3.14 java21 java25 ruby3.3 ruby3.4 dotnet8 dotnet9 dotnet10`
)

// CheckRuntime is an *Error about a runtime that there certainly is not: a custom one
// of another system than Lambda has. A managed one may be newer than the lists here.
func CheckRuntime(name string) error {
	_, err := runtimeOf(name)
	return err
}

func runtimeOf(name string) (runtime, error) {
	if name == "" {
		name = DefaultRuntime
	}
	listed := func(list string) bool { return slices.Contains(strings.Fields(list), name) }
	switch {
	case name == "provided.al2023":
		return runtime{name: name, custom: true, system: newAL2023()}, nil
	case name == "provided.al2":
		return runtime{name: name, custom: true, system: newAL2()}, nil
	case name == "provided", strings.HasPrefix(name, "provided."):
		return runtime{}, &Error{Problem: fmt.Sprintf("no runtime %q", oneline.Quote(name, 60)), Hint: "provided.al2023 or provided.al2"}
	case listed(onAL2023):
		return runtime{name: name, system: newAL2023()}, nil
	case listed(onAL2):
		return runtime{name: name, system: newAL2()}, nil
	}
	return runtime{name: oneline.Quote(name, 60), unknown: true}, nil
}

func newAL2023() *system {
	return &system{glibc: version{2, 34}, libstdcxx: version{3, 4, 33}, cxxabi: version{1, 3, 15}, libraries: set(everyGlibc, everyCompiler, al2023)}
}

func newAL2() *system {
	return &system{glibc: version{2, 26}, libstdcxx: version{3, 4, 24}, cxxabi: version{1, 3, 11}, libraries: set(everyGlibc, everyCompiler, al2)}
}

func set(lists ...string) map[string]bool {
	all := make(map[string]bool)
	for _, list := range lists {
		for name := range strings.FieldsSeq(list) {
			all[name] = true
		}
	}
	return all
}

// starts reports whether a custom runtime certainly has a program of this name: AWS's
// own tutorial of a custom runtime is a script for /bin/sh, which is bash in both
// systems, and env is of coreutils, which that script needs too. The list of packages
// of Lambda's image for Python, which has the same base, has both.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-walkthrough.html, read 2026-11
// https://github.com/amazonlinux/amazon-linux-2023/issues/585, read 2026-11
func (r *runtime) starts(program string) bool {
	return slices.Contains([]string{"sh", "bash", "env"}, program)
}

// lacks reports whether a custom runtime certainly does not have a program of this
// name: custom runtimes come with an operating system and without languages. That of
// Amazon Linux 2 has a package manager in Python.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-provided.html, read 2026-11
func (r *runtime) lacks(program string) bool {
	if strings.HasPrefix(program, "python") {
		return r.name == "provided.al2023"
	}
	return slices.Contains([]string{"node", "nodejs", "deno", "bun", "ruby", "php", "java", "dotnet"}, program)
}

// interpreter is the path of glibc's loader.
func interpreter(arch elfscan.Arch) string {
	if arch == elfscan.ARM64 {
		return "/lib/ld-linux-aarch64.so.1"
	}
	return "/lib64/ld-linux-x86-64.so.2"
}

// has reports whether the runtime's own folders have the library.
func (s *system) has(library string, arch elfscan.Arch) bool {
	// The vector functions are in glibc 2.34 and 2.26 for x86-64 only.
	return s.libraries[library] || library == "libmvec.so.1" && arch == elfscan.AMD64 || library == path.Base(interpreter(arch))
}
