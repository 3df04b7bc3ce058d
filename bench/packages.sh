#!/bin/sh
# Makes the table of docs/packages.md: real deployment packages, measured by sizegate
# and by unzip. Exits non-zero where a size differs from unzip -v, or a budget does not
# end as it should.
#
#   bench/packages.sh DIRECTORY
#
# The packages are built in DIRECTORY, which can be kept for the next time and takes
# 6 GB: Lambda functions in Go and Rust, a Python layer, and functions with npm
# packages. Needs Go, Rust with rustup, Python, npm, zip, unzip and GNU time (Debian:
# apt install time).
set -eu
if [ $# -ne 1 ]; then
	echo "usage: $0 DIRECTORY" >&2
	exit 2
fi
for tool in go cargo rustup python3 npm zip unzip /usr/bin/time; do
	command -v "$tool" >/dev/null || { echo "$0: $tool is not installed" >&2; exit 2; }
done
mkdir -p "$1"
dir=$(realpath "$1")
cd "$(dirname "$0")/.."
go build -o "$dir/sizegate" ./cmd/sizegate
sizegate=$dir/sizegate
cd "$dir"
LC_ALL=C
export LC_ALL

# A function in Go, packed by zip and by the program that AWS provides.
if [ ! -f go-aws.zip ]; then
	mkdir -p go
	cat >go/main.go <<-'END'
		package main

		import (
			"context"

			"github.com/aws/aws-lambda-go/events"
			"github.com/aws/aws-lambda-go/lambda"
		)

		func main() {
			lambda.Start(func(_ context.Context, r events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
				return events.APIGatewayV2HTTPResponse{StatusCode: 200, Body: r.RawPath}, nil
			})
		}
	END
	(
		cd go
		[ -f go.mod ] || go mod init example.com/function
		go get github.com/aws/aws-lambda-go@v1.55.1
		GOOS=linux GOARCH=arm64 CGO_ENABLED=0 go build -tags lambda.norpc -trimpath -ldflags=-s\ -w -o bootstrap
		GOBIN=$dir/bin go install github.com/aws/aws-lambda-go/cmd/build-lambda-zip@v1.55.1
		zip -q ../go.zip bootstrap
		"$dir/bin/build-lambda-zip" -o ../go-aws.zip bootstrap
	)
fi

# A function in Rust.
if [ ! -f rust.zip ]; then
	python3 -m venv venv
	venv/bin/pip install -q cargo-lambda==1.9.2
	rustup target add aarch64-unknown-linux-gnu
	rm -rf rust
	cargo new -q --vcs none --name function rust
	cat >rust/src/main.rs <<-'END'
		use lambda_http::{run, service_fn, Body, Error, Request, Response};

		async fn answer(event: Request) -> Result<Response<Body>, Error> {
		    Ok(Response::builder().status(200).body(event.uri().path().to_string().into())?)
		}

		#[tokio::main]
		async fn main() -> Result<(), Error> {
		    run(service_fn(answer)).await
		}
	END
	(
		cd rust
		cargo add -q lambda_http@1.3.2
		cargo add -q tokio@1.54.1 --features macros
		PATH=$dir/venv/bin:$PATH cargo lambda build --release --arm64 --output-format zip
	)
	cp rust/target/lambda/function/bootstrap.zip rust.zip
fi

# A layer for Python, with the wheels of another architecture than this machine's.
if [ ! -f python-layer.zip ]; then
	rm -rf layer
	python3 -m pip install -q --no-deps --root-user-action=ignore --target layer/python/lib/python3.13/site-packages --no-compile --only-binary=:all: --python-version 3.13 \
		--platform manylinux_2_28_aarch64 --platform manylinux2014_aarch64 numpy==2.4.6 pandas==3.1.1
	(cd layer && zip -qr ../python-layer.zip python)
fi

# Functions for Node: far too large, the same without compression, and a small one.
if [ ! -f node-small.zip ]; then
	rm -rf node node-small node.zip node-stored.zip
	mkdir -p node node-small
	cat >node/index.mjs <<-'END'
		import { v4 } from "uuid";

		export const handler = async () => ({ statusCode: 200, body: v4() });
	END
	cp node/index.mjs node-small
	(
		cd node
		npm install -s --no-audit --no-fund --ignore-scripts aws-sdk@2.1693.0 typescript@7.0.2 next@16.4.6 \
			@swc/core@1.16.22 sharp@0.35.5 puppeteer-core@24.43.1 esbuild@0.28.2 googleapis@178.0.0
		zip -qr ../node.zip .
		zip -q0r ../node-stored.zip .
	)
	(
		cd node-small
		npm install -s --no-audit --no-fund --ignore-scripts uuid@8.0.0
		zip -qr ../node-small.zip .
	)
fi

failed=0
# wrong MESSAGE...
wrong() {
	echo "wrong: $*" >&2
	failed=1
}

# expect CODE ARGS... runs sizegate, which must end with that exit code.
expect() {
	want=$1
	shift
	code=0
	"$sizegate" "$@" >last.out 2>&1 || code=$?
	[ $code -eq "$want" ] || { wrong "exit code $code, want $want: sizegate $*"; cat last.out >&2; }
}

# best COMMAND... prints the least processor time of five runs in seconds, and the
# memory of the hungriest in MB. What else the machine does changes these little.
best() {
	: >times
	for _ in 1 2 3 4 5; do
		/usr/bin/time -a -o times -f '%U %S %M' "$@" >/dev/null 2>last.err
	done
	awk '{c = $1 + $2} NR == 1 || c < t {t = c} $3 > m {m = $3} END {printf "%.2f s | %.0f MB", t, m * 1024 / 1e6}' times
}

thousands() { echo "$1" | sed -e ':a' -e 's/^\([0-9][0-9]*\)\([0-9]\{3\}\)/\1,\2/' -e 'ta'; }

# package NAME SETTINGS LIMITS prints a row, and holds the zip against unzip and against
# budgets: its own limits as init writes them, those given, which hold, and half of what
# it takes.
package() {
	zip=$1.zip
	"$sizegate" report -q -f json "$zip" >last.json
	# What unzip -v says of each entry in its order, and in all: unzipped, zipped.
	unzip -v "$zip" | awk '/^--------/ {rules++; next} rules == 1 {print $1, $3} rules == 2 {print $1, $2}' >want
	python3 -c 'if True:
		import json, sys
		p = json.load(sys.stdin)["packages"][0]
		for e in p["entries"] + [p]:
			print(e["unzipped"], e["zipped"])' <last.json >got
	cmp -s want got || { wrong "$zip: other sizes than unzip -v:"; diff want got | head >&2; }
	entries=$(($(wc -l <want) - 1))
	unzipped=$(tail -n 1 want | cut -d ' ' -f 1)
	size=$(stat -c %s "$zip")

	rm -f init.yaml
	expect 0 init -c init.yaml "$zip"
	expect 0 check -c init.yaml
	cat >budgets.yaml <<-END
		version: 1
		budgets:
		  - {name: holds, path: $zip, $2 limits: {$3}}
		  - {name: half, path: $zip, limits: {zipped: $((size / 2)), unzipped: $((unzipped / 2))}}
	END
	expect 0 check holds
	expect 1 check half

	echo "| \`$zip\` | $(thousands $entries) | $(thousands "$size") | $(thousands "$unzipped") | $(best "$sizegate" report "$zip") | $(best unzip -tq "$zip" | cut -d '|' -f 1)|"
}

# lambda CODE NAME SETTINGS is what a preset alone says.
lambda() {
	printf 'version: 1\nbudgets: [{name: %s, path: %s.zip, %s}]\n' "$2" "$2" "$3" >budgets.yaml
	expect "$1" check
}

echo '| package | entries | zip, B | unzipped, B | `sizegate report` | memory | `unzip -t` |'
echo '| --- | --- | --- | --- | --- | --- | --- |'
package go 'preset: aws-lambda-zip, arch: arm64,' 'zipped: 3 MB, unzipped: 7 MB'
package go-aws 'preset: aws-lambda-zip, arch: arm64,' 'zipped: 3 MB, "file:bootstrap": 7 MB'
package rust 'preset: aws-lambda-zip, arch: arm64,' 'zipped: 2 MB, category:native: 3 MB'
package python-layer 'arch: arm64,' 'zipped: 50 MB, category:native: 70 MB'
package node-small 'preset: aws-lambda-zip, runtime: nodejs22.x,' 'category:dependencies: 3 MB'
package node '' 'zipped: 250 MB, unzipped: 1 GB'
package node-stored '' 'zipped: 1 GB, "file:**/*.map": 200 MB'
# What Lambda would not start, or not take.
lambda 1 go 'preset: aws-lambda-zip, arch: amd64'
lambda 1 rust 'preset: aws-lambda-zip, arch: amd64'
lambda 1 node-small 'preset: aws-lambda-zip'
lambda 1 node 'preset: aws-lambda-zip, runtime: nodejs22.x'
lambda 1 node-stored 'preset: aws-lambda-layer, runtime: nodejs22.x'
exit $failed
