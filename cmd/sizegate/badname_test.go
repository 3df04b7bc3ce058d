package main

import (
	"bytes"
	"debug/elf"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/sizegate/sizegate/internal/badname"
	"github.com/sizegate/sizegate/internal/elftest"
)

// badFile is an ELF file whose functions, Rust crates, Go packages, source files and
// sections have the bad names.
func badFile(names []string) []byte {
	const start, each = 0x401000, 16
	var symbols []elftest.Symbol
	add := func(name string) {
		symbols = append(symbols, elftest.Symbol{Name: name, Type: elf.STT_FUNC, Bind: elf.STB_GLOBAL, Section: 1,
			Value: start + uint64(len(symbols))*each, Size: each})
	}
	var files []elftest.Symbol
	for _, name := range names {
		add(name)
		add(name + ".F")
		add("example.com/" + name + ".F")
		add(fmt.Sprintf("_ZN%d%s1f17h0123456789abcdefE", len(name), name))
		add(fmt.Sprintf("_RNvC%d_%s1f", len(name), name))
		files = append(files, elftest.Symbol{Name: name, Type: elf.STT_FILE, Section: uint16(elf.SHN_ABS)})
	}
	code := bytes.Repeat([]byte{0xc3}, each*len(symbols))
	f := elftest.Program(start, code, append(files, symbols...)...)
	for i, name := range names {
		f.Sections = append(f.Sections, elftest.Section{Name: name, Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Addr: 0x800000 + uint64(i)<<12, Data: bytes.Repeat([]byte{0xc3}, 64)})
	}
	f.Sections = append(f.Sections, elftest.Section{Name: ".comment", Data: []byte(strings.Join(names, "\x00"))})
	return f.Bytes()
}

// cleaned is what the documentation says of names in text: what is not printable is
// spelled out, and so is the first character of what GitHub takes for a command.
func cleaned(name string) string {
	var out strings.Builder
	for len(name) > 0 {
		r, size := utf8.DecodeRuneInString(name)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&out, `\x%02x`, name[0])
		case r == ' ' || unicode.IsGraphic(r) && !unicode.IsSpace(r):
			out.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&out, `\x%02x`, r)
		default:
			fmt.Fprintf(&out, `\u{%x}`, r)
		}
		name = name[size:]
	}
	text := regexp.MustCompile(`^( *):(:)`).ReplaceAllString(out.String(), `$1\x3a$2`)
	return strings.ReplaceAll(text, "##[", `\x23#[`)
}

// checkText is for what a terminal or a log shows.
func checkText(text string) error {
	for i, line := range strings.Split(text, "\n") {
		for _, r := range line {
			// Cc, Cf, Zl, Zp and all spaces but one.
			if r == utf8.RuneError && !utf8.ValidString(line) || unicode.In(r, unicode.C, unicode.Zl, unicode.Zp) || r != ' ' && unicode.IsSpace(r) {
				return fmt.Errorf("line %d: %q in %.200q", i+1, r, line)
			}
		}
		if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[") {
			return fmt.Errorf("line %d: a workflow command: %.200q", i+1, line)
		}
	}
	return nil
}

var sgr = regexp.MustCompile(`\x1b\[[0-9;]*m`)

func checkColored(text string) error { return checkText(sgr.ReplaceAllString(text, "")) }

func checkJSONText(text string) error {
	if !utf8.ValidString(text) || !json.Valid([]byte(text)) {
		return fmt.Errorf("no JSON: %.200q", text)
	}
	return checkText(strings.ReplaceAll(text, "::", "")) // in a file, not in a log
}

// formula is what a spreadsheet runs: where a cell begins, or behind a semicolon, which
// separates cells where numbers have a decimal comma.
var formula = regexp.MustCompile(`(?:^|;)\s*[-=+@\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}]`)

func checkCSVText(text string) error {
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		return err
	}
	for _, row := range rows {
		for _, cell := range row {
			if formula.MatchString(cell) {
				return fmt.Errorf("a formula: %.200q", cell)
			}
		}
	}
	return checkText(text)
}

var (
	codeSpan = regexp.MustCompile(`<code>([^<>]*)</code>`)
	// What the renderers write themselves.
	ownTags   = regexp.MustCompile(`</?(details|summary)>|^<!-- [a-z-]+ -->`)
	tableRule = regexp.MustCompile(`^\|( :?-+:? \|)+$`)
	entity    = regexp.MustCompile(`&#[0-9]+;|&(lt|gt|amp|quot);`)
)

// checkMarkdownText wants every name in <code>, in which nothing but entities means
// anything, and rows with as many cells as their heading.
func checkMarkdownText(text string) error {
	if err := checkText(text); err != nil {
		return err
	}
	cells, fenced := 0, false
	for i, line := range strings.Split(text, "\n") {
		fault := func(what string) error { return fmt.Errorf("line %d: %s: %.300q", i+1, what, line) }
		// Between fences nothing means anything but another fence.
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
			continue
		}
		if fenced {
			continue
		}
		for _, m := range codeSpan.FindAllStringSubmatch(line, -1) {
			inside := entity.ReplaceAllString(m[1], "")
			if strings.ContainsAny(inside, "|`[]*_@\\&<>~$") || strings.Contains(inside, "://") || strings.Contains(strings.ToLower(inside), "www.") {
				return fault("raw punctuation in a name")
			}
		}
		rest := ownTags.ReplaceAllString(codeSpan.ReplaceAllString(line, "CODE"), "")
		rest = strings.ReplaceAll(entity.ReplaceAllString(rest, ""), "<0.1%", "") // no tag begins with a digit
		if strings.ContainsAny(rest, "<>`@[]\\") || strings.Contains(rest, "://") || strings.Contains(strings.ToLower(rest), "www.") {
			return fault("raw punctuation outside a name")
		}
		switch {
		case tableRule.MatchString(line):
			cells = strings.Count(line, "|")
		case !strings.HasPrefix(line, "|"):
			cells = 0
			if strings.Contains(rest, "|") {
				return fault("a cell outside a table")
			}
		case cells > 0 && strings.Count(line, "|") != cells:
			return fault("another number of cells")
		}
	}
	if fenced {
		return errors.New("a fence is not closed")
	}
	return nil
}

var annotationForm = regexp.MustCompile(`^::(error|warning|notice) ((?:[a-zA-Z]+=[^,:\r\n]*,?)*)::([^\r\n]*)$`)

// checkGitHubText reads workflow commands as the runner does.
func checkGitHubText(text string) error {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for _, line := range lines[:len(lines)-1] {
		m := annotationForm.FindStringSubmatch(line)
		if m == nil {
			return fmt.Errorf("no annotation: %.300q", line)
		}
		keys := make(map[string]bool)
		for property := range strings.SplitSeq(m[2], ",") {
			key, value, ok := strings.Cut(property, "=")
			if !ok || keys[key] || !strings.Contains(" file line endLine col title ", " "+key+" ") {
				return fmt.Errorf("property %q: %.300q", property, line)
			}
			keys[key] = true
			value = strings.NewReplacer("%3A", ":", "%2C", ",", "%0D", "\r", "%0A", "\n", "%25", "%").Replace(value)
			if strings.Contains(value, "\n") {
				return fmt.Errorf("two lines in %q", value)
			}
			if err := checkText("x" + value); err != nil {
				return err
			}
		}
		message := strings.NewReplacer("%0D", "\r", "%0A", "\n", "%25", "%").Replace(m[3])
		if err := checkText(message); err != nil {
			return err
		}
	}
	last := lines[len(lines)-1]
	if !strings.HasPrefix(last, "sizegate: ") {
		return fmt.Errorf("the last line is %q", last)
	}
	return checkText(last)
}

func checkSARIFText(text string) error {
	if err := checkJSONText(text); err != nil {
		return err
	}
	var log struct {
		Version string
		Runs    []struct {
			Results []struct{ Message struct{ Text string } }
		}
	}
	if err := json.Unmarshal([]byte(text), &log); err != nil || log.Version != "2.1.0" || len(log.Runs) != 1 || len(log.Runs[0].Results) == 0 {
		return fmt.Errorf("no results in SARIF: %v", err)
	}
	for _, r := range log.Runs[0].Results {
		if strings.Contains(r.Message.Text, "](") {
			return fmt.Errorf("a link: %q", r.Message.Text)
		}
		if err := checkText(r.Message.Text); err != nil {
			return err
		}
	}
	return nil
}

var formatChecks = map[string]func(text string) error{
	"table": checkColored, "": checkColored, "benchfmt": checkText, "json": checkJSONText, "csv": checkCSVText,
	"markdown": checkMarkdownText, "github": checkGitHubText, "sarif": checkSARIFText,
}

// textFormats are the formats of report but for the page, which is opened in a
// browser where it is made.
func textFormats() []string {
	return reportFormatNames(func(f *reportFormat) bool { return f.name != "html" })
}

// ranBad runs a command and holds what it prints against its format.
func ranBad(t *testing.T, format string, args ...string) (code int, stdout string) {
	t.Helper()
	if format != "" {
		args = append([]string{args[0], "-f", format, "--color", "always"}, args[1:]...)
	}
	var out, err bytes.Buffer
	code = run(t.Context(), args, &out, &err)
	what := fmt.Sprintf("%.300q", args)
	if code != exitOK && code != exitExceeded && (code == exitUsage || code == exitFailed) != (err.Len() > 0) {
		t.Errorf("%s: exit code %d, stderr %.300q", what, code, &err)
	}
	if fault := checkText(err.String()); fault != nil {
		t.Errorf("%s: stderr: %v", what, fault)
	}
	if out.Len() > 0 {
		check := formatChecks[format]
		if check == nil { // a format that has no rules of its own, but for tabs between cells
			check = func(text string) error { return checkText(strings.ReplaceAll(text, "\t", " ")) }
		}
		if fault := check(out.String()); fault != nil {
			t.Errorf("%s: %v", what, fault)
		}
	}
	return code, out.String()
}

func writeBad(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestBadNamesInFiles(t *testing.T) {
	// The long ones apart: they take their time.
	var names, long []string
	for _, name := range badname.All() {
		if len(name) < 1000 {
			names = append(names, name)
		} else {
			long = append(long, name)
		}
	}
	path, other, longer := writeBad(t, "app", badFile(names)), writeBad(t, "app", badFile(names[:40])), writeBad(t, "app", badFile(long))
	for _, format := range textFormats() {
		for _, by := range []string{"package", "module", "origin", "function", "generic", "section"} {
			if code, _ := ranBad(t, format, "report", "--by", by, "--top", "0", "--section", "all", path, other); code != exitOK {
				t.Errorf("%s by %s: exit code %d", format, by, code)
			}
		}
		for _, by := range []string{"package", "function", "section"} {
			if code, _ := ranBad(t, format, "report", "--by", by, longer); code != exitOK {
				t.Errorf("%s by %s: exit code %d", format, by, code)
			}
		}
	}
	for _, format := range []string{"table", "json", "markdown"} {
		for _, args := range [][]string{{"diff", other, path}, {"diff", path, longer}, {"advise", path}, {"lambda", path}} {
			if code, _ := ranBad(t, format, args...); code != exitOK && code != exitExceeded {
				t.Errorf("%s %q: exit code %d", format, args, code)
			}
		}
	}
	// A cell of CSV is the name, spelled out.
	_, text := ranBad(t, "csv", "report", "--by", "function", path)
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	cells := make(map[string]bool)
	for _, row := range rows {
		for _, cell := range row {
			cells[cell] = true
		}
	}
	for _, name := range names {
		parts := strings.Split(cleaned(name), ";")
		for i, part := range parts {
			if formula.MatchString(part) {
				parts[i] = "'" + part
			}
		}
		want := strings.Join(parts, ";")
		if !strings.HasPrefix(name, "_") && want != "" && !cells[want] && !cells[strings.TrimPrefix(want, "'")] {
			t.Errorf("no cell is %.200q", want)
		}
	}
}

func TestBadNamesInPackages(t *testing.T) {
	elf := badFile(badname.All()[:4])
	files := []packFile{{name: "bootstrap", data: elf, mode: 0o755}}
	var layers []layerFile
	for _, name := range badname.All() {
		if name == "" || len(name) > 2000 {
			continue
		}
		contents := []byte("text")
		if len(layers)%8 == 0 {
			contents = elf
		}
		pack := []packFile{{name: name, data: contents, mode: 0o644}, {name: "broken " + name, data: []byte("\x7fELF"), mode: 0o644},
			{name: "folder/" + name + ".js.map", data: []byte(name), mode: 0o644}, {name: "link " + name, target: name, mode: fs.ModeSymlink | 0o777}}
		files = append(files, pack...)
		layers = append(layers, layerFile{files: pack, createdBy: name})
	}
	zip, err := packed("function.zip", files)
	if err != nil {
		t.Fatal(err)
	}
	pack := writeBad(t, "function.zip", zip)
	if zip, err = packed("function.zip", files[:len(files)/2]); err != nil {
		t.Fatal(err)
	}
	fewer := writeBad(t, "function.zip", zip)
	img, err := madeImage(false, "linux/amd64", layers)
	if err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(t.TempDir(), "image.tar")
	if err := writeImage("docker", archive, nil, []v1.Image{img}); err != nil {
		t.Fatal(err)
	}
	if img, err = madeImage(false, "linux/amd64", layers[:len(layers)/2]); err != nil {
		t.Fatal(err)
	}
	lower := filepath.Join(t.TempDir(), "image.tar")
	if err := writeImage("docker", lower, nil, []v1.Image{img}); err != nil {
		t.Fatal(err)
	}
	for _, format := range textFormats() {
		if findReportFormat(format).packages == nil {
			continue
		}
		for path, rows := range map[string][]string{pack: {"category", "entry", "package", "module"}, archive: {"layer", "entry", "package"}} {
			for _, by := range rows {
				if code, _ := ranBad(t, format, "report", "--by", by, "--top", "0", path); code != exitOK {
					t.Errorf("%s by %s of %s: exit code %d", format, by, filepath.Base(path), code)
				}
			}
		}
	}
	for _, format := range []string{"table", "json", "markdown"} {
		for _, path := range []string{pack, archive} {
			ranBad(t, format, "lambda", path)
		}
		for _, sides := range [][2]string{{pack, fewer}, {fewer, pack}, {archive, lower}, {lower, archive}} {
			if code, _ := ranBad(t, format, "diff", "--top", "0", sides[0], sides[1]); code != exitOK {
				t.Errorf("%s of a difference: exit code %d", format, code)
			}
		}
	}
}

// TestBadNamesInBudgets has the names wherever budgets.yaml takes text. What YAML or
// the configuration refuses is an error of printable lines.
func TestBadNamesInBudgets(t *testing.T) {
	summary, output := filepath.Join(t.TempDir(), "summary"), filepath.Join(t.TempDir(), "output")
	judged := 0
	for _, name := range badname.All() {
		app := badFile([]string{name})
		dir := t.TempDir()
		quoted, err := json.Marshal(name) // YAML reads it too
		if err != nil {
			t.Fatal(err)
		}
		config := strings.ReplaceAll(`version: 1
budgets:
  - {name: NAME, path: app, limits: {file: 1 B, stripped: {warn: 1 B, error: 1 GB}, NAME: 1 B}, message: NAME, packages: [{match: '**', limit: 1 B}, {match: NAME, deny: true}]}
  - {name: two, path: NAME, limits: {file: 1 B}, message: NAME, allow-missing: true}
waivers:
  - {budget: NAME, metric: stripped, limit: 2 B, reason: NAME, expires: 2999-01-01}
`, "NAME", string(quoted))
		// Without the keys that take no such names.
		plain := regexp.MustCompile(`, \S+: 1 B\}, message|, \{match: \S+, deny: true\}`).ReplaceAllStringFunc(config, func(s string) string {
			if strings.HasSuffix(s, "message") {
				return "}, message"
			}
			return ""
		})
		plain = strings.Replace(plain, "path: "+string(quoted), "path: app", 1)
		for file, text := range map[string]string{"app": string(app), "budgets.yaml": config, "plain.yaml": plain} {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for _, file := range []string{"budgets.yaml", "plain.yaml"} {
			for _, format := range []string{"table", "json", "markdown", "github", "sarif"} {
				t.Setenv("GITHUB_STEP_SUMMARY", summary)
				t.Setenv("GITHUB_OUTPUT", output)
				os.Remove(summary)
				args := []string{"check", "-c", filepath.Join(dir, file)}
				if format == "github" {
					code := checkOnGitHub(t, args)
					if code != exitExceeded {
						continue
					}
					judged++
					text, err := os.ReadFile(summary)
					if err == nil {
						err = checkMarkdownText(string(text))
					}
					if err != nil {
						t.Errorf("%.100q: the summary: %v", name, err)
					}
					continue
				}
				ranBad(t, format, args...)
			}
		}
		ranBad(t, "table", "check", "-c", filepath.Join(dir, "plain.yaml"), "--", name)
		ranBad(t, "table", "update", "--dry-run", "-c", filepath.Join(dir, "plain.yaml"))
	}
	if judged < 60 {
		t.Errorf("only %d configurations were judged", judged)
	}
}

// checkOnGitHub is a check whose configuration may be refused, with annotations too.
func checkOnGitHub(t *testing.T, args []string) int {
	t.Helper()
	var out, err bytes.Buffer
	code := run(t.Context(), append(args, "-f", "github"), &out, &err)
	text := out.String()
	if code == exitUsage || code == exitFailed && !strings.Contains(text, "\nsizegate: ") {
		text += "sizegate: end\n"
	}
	if fault := checkGitHubText(text); fault != nil {
		t.Errorf("%.200q: exit code %d: %v", args, code, fault)
	}
	if fault := checkText(err.String()); fault != nil {
		t.Errorf("%.200q: stderr: %v", args, fault)
	}
	return code
}

// TestBadNamesInArguments gives the names where files, budgets and words are named.
func TestBadNamesInArguments(t *testing.T) {
	const fixture = "../../testdata/elf/c-basic-amd64"
	dir := t.TempDir()
	var paths []string
	app, err := os.ReadFile(fixture)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range badname.All() {
		for _, args := range [][]string{
			{name}, {"report", "--", name}, {"report", "--by", name, fixture}, {"report", "--section", name, fixture}, {"report", "--filter", name, fixture}, {"report", "--format", name, fixture},
			{"report", "--variants", name, fixture}, {"check", "-c", name}, {"check", "-c", filepath.Join(dir, "none"), "--", name}, {"diff", "--", name, name},
			{"init", "-c", filepath.Join(dir, "new.yaml"), "--", name}, {"lambda", "--", name}, {"advise", "--", name}, {"report", "-o", filepath.Join(dir, "none", name), fixture}, {"--" + name}, {"report", "--" + name},
		} {
			ranBad(t, "", args...)
		}
		path := filepath.Join(dir, name)
		if filepath.Dir(path) != dir || len(name) > 200 || os.WriteFile(path, app, 0o600) != nil {
			continue
		}
		paths = append(paths, path)
		ranBad(t, []string{"table", "json", "markdown"}[len(paths)%3], []string{"diff", "report", "advise", "lambda"}[len(paths)%4], path)
	}
	if len(paths) < 60 {
		t.Errorf("only %d files have such names", len(paths))
	}
	for _, format := range textFormats() {
		ranBad(t, format, append([]string{"report", "--variants", "none"}, paths...)...)
	}
	for _, format := range []string{"table", "json", "markdown"} {
		ranBad(t, format, append([]string{"advise"}, paths...)...)
		for i := range paths[:12] {
			ranBad(t, format, "diff", paths[i*5], paths[i*5+1])
			ranBad(t, format, "lambda", "--upx", "no-upx", paths[i*5])
		}
	}
}
