package sizegate_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// Pages that are walked through: what they tell the reader to type is run in the
// order of the page, and what they show is held against what is printed.
//
// A block of the language console is commands, each behind "$ ", with what they
// print. One line "…" stands for any lines, and one at the end of a line for any
// rest. Spaces count once, numbers are alike from two thirds to one and a half
// times, and times are all alike. A command that fails must be followed by echo $?. A block whose paragraph
// ends in "`NAME`:" is that file. Comments of HTML, which a reader does not see:
//
//	<!-- start: TOOL... -->     begins in an empty folder; the part is skipped without the tools
//	<!-- run: COMMANDS -->      runs them, for what a reader has already
//	<!-- instead: COMMANDS -->  runs them in place of the next block, which needs the network
//
// TOOL=VERSION says what made what the page shows: with another version it is not
// compared.

// step is one thing to do.
type step struct {
	line     int
	file     string // to write text to
	text     string
	command  string // to run, else
	shown    string // what it prints, "" if the page does not say
	hidden   bool   // it may print what it likes
	tolerant bool   // its exit code is shown by the next command
}

// walkPart is what runs in one folder.
type walkPart struct {
	title string
	tools []string
	steps []step
}

var (
	directive = regexp.MustCompile(`(?s)^<!-- (start|run|instead): ?(.*?) ?-->$`)
	namesFile = regexp.MustCompile("`([^`]+)`:$")
)

// readWalk reads the parts of a page.
func readWalk(text string) ([]walkPart, error) {
	var parts []walkPart
	lines := strings.Split(text, "\n")
	title, before, instead := "", "", false
	add := func(s step) error {
		if len(parts) == 0 {
			return fmt.Errorf("line %d: nothing has started", s.line)
		}
		last := &parts[len(parts)-1]
		last.steps = append(last.steps, s)
		return nil
	}
	for i := 0; i < len(lines); i++ {
		line, number := lines[i], i+1
		switch {
		case strings.HasPrefix(line, "<!-- "):
			for !strings.HasSuffix(line, "-->") && i+1 < len(lines) {
				i++
				line += "\n" + lines[i]
			}
			m := directive.FindStringSubmatch(line)
			if m == nil {
				return nil, fmt.Errorf("line %d: not understood: %s", number, line)
			}
			switch m[1] {
			case "start":
				parts = append(parts, walkPart{title: title, tools: strings.Fields(m[2])})
			default:
				if err := add(step{line: number, command: m[2], hidden: true}); err != nil {
					return nil, err
				}
				instead = m[1] == "instead"
			}
		case strings.HasPrefix(line, "```"):
			language := strings.TrimPrefix(line, "```")
			first := i + 1
			for i++; i < len(lines) && lines[i] != "```"; i++ {
			}
			block := lines[first:i]
			switch file := namesFile.FindStringSubmatch(before); {
			case instead:
				instead = false
			case language == "console":
				for _, s := range transcript(block, first+1) {
					if err := add(s); err != nil {
						return nil, err
					}
				}
			case file != nil:
				if err := add(step{line: number, file: file[1], text: strings.Join(block, "\n") + "\n"}); err != nil {
					return nil, err
				}
			case language == "sh" || language == "":
				return nil, fmt.Errorf("line %d: a block that nothing checks (use console)", number)
			}
		default:
			if strings.HasPrefix(line, "#") {
				title = strings.TrimLeft(line, "# ")
			}
			if strings.TrimSpace(line) != "" {
				before = line
			}
		}
	}
	return parts, nil
}

// transcript is the commands of a block, and what each prints.
func transcript(block []string, line int) []step {
	var steps []step
	for i, l := range block {
		if command, ok := strings.CutPrefix(l, "$ "); ok {
			if len(steps) > 0 && command == "echo $?" {
				steps[len(steps)-1].tolerant = true
			}
			steps = append(steps, step{line: line + i, command: command})
			continue
		}
		if len(steps) == 0 {
			steps = append(steps, step{line: line + i, command: "false # a block begins with $"})
		}
		steps[len(steps)-1].shown += l + "\n"
	}
	return steps
}

// alike says whether a program printed what a page shows.
func alike(shown, printed string) bool {
	return alikeLines(strings.Split(strings.TrimSpace(shown), "\n"), strings.Split(strings.TrimSpace(printed), "\n"))
}

// alikeLines matches from the front, and lets the last "…" take one line more
// where that fails.
func alikeLines(shown, printed []string) bool {
	i, j, skip, from := 0, 0, -1, 0
	for j < len(printed) || i < len(shown) {
		switch {
		case i < len(shown) && strings.TrimSpace(shown[i]) == "…":
			i++
			skip, from = i, j
		case i < len(shown) && j < len(printed) && alikeLine(shown[i], printed[j]):
			i, j = i+1, j+1
		case skip < 0 || from >= len(printed):
			return false
		default:
			from++
			i, j = skip, from
		}
	}
	return true
}

var (
	commit    = regexp.MustCompile(`\b[0-9a-f]{12,40}\b`)
	temporary = regexp.MustCompile(`\S*/sizegate-base-[2-7A-Z]+`)
	duration  = regexp.MustCompile(`\b[0-9][0-9,.]* (ns|µs|ms|s)\b`)
	number    = regexp.MustCompile(`[0-9][0-9,.]*`)
)

func alikeLine(shown, printed string) bool {
	plain := func(line string) string {
		line = duration.ReplaceAllString(temporary.ReplaceAllString(line, "FOLDER"), "TIME")
		return strings.Join(strings.Fields(commit.ReplaceAllString(line, "COMMIT")), " ")
	}
	shown, printed = plain(shown), plain(printed)
	shown, open := strings.CutSuffix(shown, "…")
	words := number.ReplaceAllString(shown, "0")
	got := number.ReplaceAllString(printed, "0")
	if open && !strings.HasPrefix(got, words) || !open && got != words {
		return false
	}
	want, have := number.FindAllString(shown, -1), number.FindAllString(printed, -1)
	for i := range want {
		x, errX := strconv.ParseFloat(strings.ReplaceAll(want[i], ",", ""), 64)
		y, errY := strconv.ParseFloat(strings.ReplaceAll(have[i], ",", ""), 64)
		// Small ones are shares, lines and versions.
		if errX == nil && errY == nil && max(x, y) >= 1000 && (x > 1.5*y || y > 1.5*x) {
			return false
		}
	}
	return true
}

func TestAlike(t *testing.T) {
	for _, c := range []struct {
		shown, printed string
		want           bool
	}{
		{"a  1,234", "a 1,500", true},
		{"a  1,234", "a 2,500", false},
		{"a  +1,234", "a -1,234", false},
		{"every limit holds", "1 limit exceeded", false},
		{"a\n…\nd", "a\nb\nc\nd", true},
		{"a\n…\nd", "a\nd", true},
		{"a\n…\nd", "a\nb", false},
		{"a\n…", "a\nb\nc", true},
		{"…\nb\n…\nd", "a\nb\nb\nc\nd", true},
		{"…\nb\n…\nd", "a\nd\nb", false},
		{"a", "a\nb", false},
		{"a\nb", "a", false},
		{"base is 0123456789ab, x", "base is ba9876543210, x", true},
		{"took 721 ms", "took 1.2 s", true},
		{"a: more…", "a: more than that", true},
		{"a: more…", "a: less than that", false},
		{"built in /tmp/sizegate-base-A2/sizegate-base-A2: x", "built in /var/tmp/sizegate-base-BCD/sizegate-base-BCD: x", true},
	} {
		if got := alike(c.shown, c.printed); got != c.want {
			t.Errorf("%q and %q: alike is %t", c.shown, c.printed, got)
		}
	}
}

// walks are the pages that are walked through.
func walks(t *testing.T) []string {
	t.Helper()
	pages, err := filepath.Glob("docs/howto/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("%d pages in docs/howto, %v", len(pages), err)
	}
	return append(pages, "docs/tutorial.md")
}

func TestWalkthroughs(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("the pages show programs of linux/amd64 (run it there)")
	}
	program := buildSizegate(t)
	fixtures, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range walks(t) {
		parts, err := readWalk(read(t, page))
		if err != nil {
			t.Errorf("%s: %v", page, err)
			continue
		}
		if len(parts) == 0 {
			t.Errorf("%s: nothing is run", page)
		}
		for i := range parts {
			t.Run(filepath.Base(page)+"/"+parts[i].title, func(t *testing.T) { walkThrough(t, page, &parts[i], program, fixtures) })
		}
	}
}

// installed says how to get a tool that is missing.
var installed = map[string]string{
	"go": "https://go.dev/dl", "cargo": "https://rustup.rs", "git": "Debian: apt install git", "upx": "Debian, Ubuntu: apt install upx-ucl",
	"sh": "Debian: apt install dash", "cc": "Debian: apt install gcc", "tar": "Debian: apt install tar", "zip": "Debian: apt install zip", "sha256sum": "Debian: apt install coreutils", "strip": "Debian: apt install binutils",
}

// versions are the commands that say which version of a tool there is.
var versions = map[string][]string{"go": {"go", "env", "GOVERSION"}, "cargo": {"rustc", "--version"}}

func walkThrough(t *testing.T, page string, part *walkPart, program, fixtures string) {
	other := ""
	for _, tool := range append([]string{"sh"}, part.tools...) {
		tool, version, pinned := strings.Cut(tool, "=")
		if installed[tool] == "" {
			t.Fatalf("%s: nothing says how to get %s", page, tool)
		}
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s not found (%s)", tool, installed[tool])
		}
		if !pinned {
			continue
		}
		command := versions[tool]
		if command == nil {
			t.Fatalf("%s: nothing says which version of %s there is", page, tool)
		}
		out, err := exec.Command(command[0], command[1:]...).Output()
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(out), version+".") {
			other = fmt.Sprintf("%s shows what %s %s makes, and this is %s: what is printed was not compared (install that version)", page, tool, version, strings.TrimSpace(string(out)))
		}
	}
	home := t.TempDir()
	env := append(walkEnvironment(t, home, program), "FIXTURES="+fixtures)
	if !strings.Contains(strings.Join(part.tools, " "), "upx") {
		env = append(env, "SIZEGATE_UPX=no-upx")
	}
	dir := filepath.Join(home, "work")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	there := filepath.Join(home, "directory")
	code := 0
	for _, s := range part.steps {
		if s.file != "" {
			path := filepath.Join(dir, filepath.FromSlash(s.file))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(s.text), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		// Each in a shell of its own, which begins where and how the last one ended.
		script := fmt.Sprintf("(exit %d)\n%s\ncode=$?; pwd -P >\"$THERE\"; exit $code\n", code, s.command)
		cmd := exec.Command("sh", "-c", script)
		cmd.Dir, cmd.Env = dir, append(env, "THERE="+there)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		err := cmd.Run()
		if cmd.ProcessState == nil {
			t.Fatal(err)
		}
		code = cmd.ProcessState.ExitCode()
		if code != 0 && !s.tolerant {
			t.Fatalf("%s:%d: %s: exit code %d\n%s", page, s.line, s.command, code, &out)
		}
		if other == "" && s.shown != "" && !alike(s.shown, out.String()) {
			t.Errorf("%s:%d: %s: the page shows\n%s\nbut what is printed is\n%s", page, s.line, s.command, s.shown, &out)
		}
		where, err := os.ReadFile(there)
		if err != nil {
			t.Fatal(err)
		}
		dir = strings.TrimSpace(string(where))
	}
	if other != "" {
		t.Skip(other)
	}
}

// walkEnvironment is a reader's: without settings of git, a network, or a workflow
// around it, and with the caches of compilers that there are.
func walkEnvironment(t *testing.T, home, program string) []string {
	t.Helper()
	var env []string
	for _, variable := range os.Environ() {
		// Cargo takes some of these for something else than unset when they are empty.
		if !strings.HasPrefix(variable, "CARGO_TARGET_DIR=") && !strings.HasPrefix(variable, "RUSTFLAGS=") && !strings.HasPrefix(variable, "CARGO_BUILD_") {
			env = append(env, variable)
		}
	}
	for name, value := range map[string]string{
		"PATH": filepath.Dir(program) + string(os.PathListSeparator) + os.Getenv("PATH"), "COLUMNS": "90", "TERM": "dumb", "LC_ALL": "C.UTF-8", "TZ": "UTC",
		"XDG_CACHE_HOME":    filepath.Join(home, "cache"),
		"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
		"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com", "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.com",
		"GITHUB_ACTIONS": "", "GITHUB_REF": "", "GITHUB_BASE_REF": "", "GITHUB_STEP_SUMMARY": "", "GITHUB_OUTPUT": "",
		"GOFLAGS": "", "GOPROXY": "off", "GOTOOLCHAIN": "local", "GOWORK": "off", "GOENV": "off", "GOOS": "", "GOARCH": "",
		"CARGO_NET_OFFLINE": "true",
	} {
		env = append(env, name+"="+value)
	}
	out, err := exec.Command("go", "env", "-json", "GOCACHE", "GOPATH", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	var values map[string]string
	if err := json.Unmarshal(out, &values); err != nil {
		t.Fatal(err)
	}
	for name, value := range values {
		env = append(env, name+"="+value)
	}
	return env
}
