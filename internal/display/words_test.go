package display

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// messages are texts as the judgement, the presets and the configuration have them,
// each with what is code in it.
var messages = []struct {
	text string
	code []string
}{
	{"stripped is 12,345,678 B (12.3 MB), 345,678 B over the limit of 12 MB (12,000,000 B)", nil},
	{"upx (lzma) is 4,900,000 B (4.90 MB), 100,000 B (2.0%) below the limit of 5 MB (5,000,000 B)", nil},
	{"upx (lzma) could not be measured: UPX declines the file: NotCompressibleException (remove this limit, or build a file that UPX packs)", nil},
	{"the number of layers is 4, 1 layer over the limit of 3 layers", nil},
	{"unattributed is 1,234 B (1.23 kB), 0.12% of .text, exactly the limit of 1% of .text (1,234 B)", []string{".text", ".text"}},
	{".rodata grew by 1,000 B (<0.1%) from 2,000,000 B to 2,001,000 B; 2% or 8 KiB (up to 2,040,000 B) is allowed", []string{".rodata"}},
	{"text grew by 100 B (+5.0%) from 2,000 B to 2,100 B; a warning begins above 1% (up to 2,020 B)", nil},
	{"net/http is 209,342 B (209 kB) of .text, 109,342 B over the limit of 100 kB (100,000 B); 1 owner matches", []string{"net/http", ".text"}},
	{"net/... is 5 B of .text; it may be more, since 7 B of the file have no owner", []string{"net/...", ".text"}},
	{"crypto/... must not be in the binary, but crypto/tls (244,700 B), 56 more match", []string{"crypto/...", "crypto/tls"}},
	{"file:**/*.map is 70,000 B (70.0 kB), 70,000 B over the limit of 0 B", []string{"file:**/*.map"}},
	{"layer:2 is 8,355,840 B (8.36 MB), 355,840 B over the limit of 8 MB (8,000,000 B)", []string{"layer:2"}},
	{"not checked: no file matches dist/*, !dist/a, which allow-missing permits", []string{"dist/*", "!dist/a"}},
	{"not checked: the baseline was measured without upx (lzma)", nil},
	{"has no section headers: text cannot be measured (keep the headers, or limit file instead)", nil},
	{"the file has no section .rodata (correct the name, or remove the limit)", []string{".rodata"}},
	{"the file is for amd64, but the budget is for arm64 (build it for arm64, or correct arch)", []string{"amd64", "arm64", "arm64"}},
	{`the image is for "linux/amd64", but the budget is for arm64 (build it with --platform linux/arm64, or correct arch)`,
		[]string{`"linux/amd64"`, "arm64", "--platform linux/arm64"}},
	{`the budget is for amd64, but not "lib/my file.so" (arm64) (build for amd64, or correct arch)`,
		[]string{"amd64", `"lib/my file.so"`, "arm64", "amd64"}},
	{"zipped is 5 B; the limit is aws-lambda-zip's: https://docs.aws.amazon.com/limits.html, read 2026-11-20", []string{"https://docs.aws.amazon.com/limits.html"}},
	{"nothing is wrong for aws-lambda-zip", nil},
	{`2 files ("a.map", "b c.map"): built for arm64, and the function is amd64`, []string{`"a.map"`, `"b c.map"`, "arm64", "amd64"}},
	{"2,557,169 bytes of symbols and debug information in a Go program (build it with -ldflags='-s -w')", []string{"-ldflags='-s -w'"}},
	{"5 bytes of symbols and debug information in a Go program that Lambda does not start (if you build it, with -ldflags='-s -w'; else its publisher built it so)",
		[]string{"-ldflags='-s -w'"}},
	{`10 bytes of debug information (set strip = "debuginfo" in the Cargo profile)`, []string{`strip = "debuginfo"`}},
	{`10 bytes of debug information (if you build it, set strip = "debuginfo" in the Cargo profile; else its publisher built it so: strip --strip-debug FILE before it is packed)`,
		[]string{`strip = "debuginfo"`, "--strip-debug FILE"}},
	{"built for arm64, and the function is amd64 (build the package for amd64, or correct the function's architecture)", []string{"arm64", "amd64", "amd64"}},
	{"its first line ends in a carriage return, which becomes part of the interpreter's name (save it with Unix line ends)", nil},
	{"neither an ELF file nor a script that begins with #! (build it for Linux)", []string{"#!"}},
	{"not executable: its mode is 0644 (chmod 755 before it is packed)", nil},
	{"not executable: its mode is 0644 (COPY --chmod=755)", []string{"--chmod=755"}},
	{`its interpreter "/lib/ld-musl-x86_64.so.1" is not in provided.al2023 (link musl statically: for Rust -C target-feature=+crt-static, for Go CGO_ENABLED=0, for C -static)`,
		[]string{`"/lib/ld-musl-x86_64.so.1"`, "provided.al2023", "-C target-feature=+crt-static", "CGO_ENABLED=0", "-static"}},
	{"has packed relocations, for glibc 2.36 and later, and provided.al2023 has 2.34 (link it without -z pack-relative-relocs)",
		[]string{"provided.al2023", "-z pack-relative-relocs"}},
	{"needs GLIBC_2.38, and provided.al2023 has 2.34 (build it on that system, or link statically)", []string{"GLIBC_2.38", "provided.al2023"}},
	{"needs x86-64-v4, and Lambda promises no more than AVX2 (build it for x86-64-v3 or less)", []string{"x86-64-v4", "AVX2", "x86-64-v3"}},
	{"needs libfoo.so.1 for arm64, which is not in the package (put it into lib/, link it statically, or see that a layer has it)",
		[]string{"libfoo.so.1", "arm64", "lib/"}},
	{"text grew by 5 B; waived up to 13 MB (13,000,000 B) until 2026-12-31: TLS rewrite, #412", []string{"#412"}},
	{"the waiver of gzip for budget api can be removed: its limit of 5 MB is not above the budget's own", nil},
	{"increase limits were not checked: no baseline was given (use --baseline FILE or --base REF)", []string{"--baseline FILE", "--base REF"}},
	{"the baseline has no binary of budget api, path dist/api: its increase limits were not checked (save a new baseline with --save-baseline)",
		[]string{"dist/api", "--save-baseline"}},
	{"size-main.json is missing (--save-baseline writes it on the main branch)", []string{"size-main.json", "--save-baseline"}},
	{"the budget checks nothing of a package (add limits: for it)", nil},
	{"net/http.(*Transport).dialConn and f(x) grew (see core::fmt::write)", []string{"net/http.(*Transport).dialConn", "f(x)", "core::fmt::write"}},
	// What is open to the end, and what only looks like a flag.
	{`say "a b`, []string{`"a`}},
	{"x='a b", []string{"x='a"}},
	{`"a\" b" c`, []string{`"a\" b"`}},
	{"a - b, -- c -5 +3 -1.5%", nil},
	{"'quoted' dogs' o'clock", []string{"'quoted'"}},
	{"(see (lzma)), ((x1))", []string{"(x1)"}},
}

// TestMessageCode: what is code is marked whole, and nothing else is.
func TestMessageCode(t *testing.T) {
	span := regexp.MustCompile("<code>(.*?)</code>")
	for _, m := range messages {
		text := MarkdownProse(m.text)
		var got []string
		for _, found := range span.FindAllStringSubmatch(text, -1) {
			got = append(got, html.UnescapeString(found[1]))
		}
		if !slices.Equal(got, m.code) {
			t.Errorf("%s:\n%q, want %q", m.text, got, m.code)
		}
		if plain := html.UnescapeString(span.ReplaceAllString(text, "$1")); plain != m.text {
			t.Errorf("%q, want the text %q", plain, m.text)
		}
	}
}

// TestWrapMessages: lines fit, what is code stays on one, and no word is lost.
func TestWrapMessages(t *testing.T) {
	for _, m := range messages {
		for _, width := range []int{20, 40, 79} {
			words := wordsOf(m.text)
			var texts []string
			for i := range words {
				texts = append(texts, words[i].text())
			}
			lines := wrap(texts, width, hanging)
			for i, line := range lines {
				// One with a space between words could have been divided.
				if rest := strings.TrimPrefix(line, hanging); Columns(line) > width && !slices.Contains(texts, rest) {
					t.Errorf("%d columns: %q", width, line)
				}
				if i > 0 && (!strings.HasPrefix(line, hanging) || strings.HasPrefix(line, hanging+" ")) {
					t.Errorf("%q does not hang by %d", line, len(hanging))
				}
				lines[i] = strings.TrimPrefix(line, hanging)
			}
			for _, code := range m.code {
				if !slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, code) }) {
					t.Errorf("%d columns: %q is divided in %q", width, code, lines)
				}
			}
			if got := strings.Join(lines, " "); got != m.text {
				t.Errorf("%q, want %q", got, m.text)
			}
		}
	}
}
