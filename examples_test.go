package sizegate_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/sizegate/sizegate/internal/budget/configfile"
)

// guides are the documents whose commands and configurations must work.
var guides = []string{"docs/gate.md", "docs/budgets.md", "examples/README.md", "docs/reference/commands.md", "docs/tutorial.md", "docs/howto/baselines.md"}

// buildSizegate builds the command and returns its path.
func buildSizegate(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "sizegate")
	if out, err := exec.Command("go", "build", "-o", program, "./cmd/sizegate").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// exampleFiles is all files of the examples whose names end so, relative to the
// root.
func exampleFiles(t *testing.T, suffixes ...string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir("examples", func(path string, d fs.DirEntry, err error) error {
		for _, s := range suffixes {
			if err == nil && !d.IsDir() && strings.HasSuffix(path, s) {
				files = append(files, path)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("no example ends in %q", suffixes)
	}
	return files
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// fenced returns the code blocks of a Markdown file in one of the languages.
func fenced(t *testing.T, path string, languages ...string) []string {
	t.Helper()
	var blocks []string
	inside, wanted := false, false
	for line := range strings.Lines(read(t, path)) {
		switch fence, ok := strings.CutPrefix(line, "```"); {
		case ok:
			inside = !inside
			wanted = false
			for _, l := range languages {
				wanted = wanted || inside && strings.TrimSpace(fence) == l
			}
			if wanted {
				blocks = append(blocks, "")
			}
		case wanted:
			blocks[len(blocks)-1] += line
		}
	}
	return blocks
}

// workflows are the workflows of GitHub among the examples and in the documents.
func workflows(t *testing.T) map[string]string {
	t.Helper()
	found := make(map[string]string)
	for _, path := range exampleFiles(t, ".yml") {
		if filepath.Base(path) != ".gitlab-ci.yml" {
			found[path] = read(t, path)
		}
	}
	for _, path := range guides {
		for _, block := range fenced(t, path, "yaml") {
			if strings.Contains(block, "runs-on:") {
				found[path] = block
			}
		}
	}
	return found
}

// each calls f with every key and value of a YAML document.
func each(n *yaml.Node, f func(key string, value *yaml.Node)) {
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			f(child.Value, n.Content[i+1])
		}
		each(child, f)
	}
}

// usesSizegate finds the steps that use the action of this repository.
func usesSizegate(n *yaml.Node, f func(with map[string]string)) {
	if n.Kind == yaml.MappingNode {
		var step struct {
			Uses string
			With map[string]string
		}
		if n.Decode(&step) == nil && strings.HasPrefix(step.Uses, "sizegate/sizegate@") {
			f(step.With)
		}
	}
	for _, child := range n.Content {
		usesSizegate(child, f)
	}
}

var commitHash = regexp.MustCompile(`^[0-9a-f]{40}$`)

// TestWorkflows: workflows ask for no more rights than they need, and no text that
// others choose becomes part of a script.
func TestWorkflows(t *testing.T) {
	known := readAction(t).Inputs
	for path, text := range workflows(t) {
		t.Run(path, func(t *testing.T) {
			if strings.Contains(text, "pull_request_target") {
				t.Error("uses pull_request_target")
			}
			var doc yaml.Node
			if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
				t.Fatal(err)
			}
			var top struct {
				On          any
				Permissions map[string]string
				Jobs        map[string]struct{ Permissions map[string]string }
			}
			if err := doc.Decode(&top); err != nil {
				t.Fatal(err)
			}
			if top.On == nil || len(top.Jobs) == 0 || top.Permissions == nil {
				t.Error("lacks on, jobs, or permissions")
			}
			writes, checksOut := false, false
			for _, p := range append([]map[string]string{top.Permissions}, jobPermissions(top.Jobs)...) {
				for _, right := range p {
					writes = writes || right == "write"
				}
			}
			each(&doc, func(key string, value *yaml.Node) {
				switch key {
				case "run":
					if strings.Contains(value.Value, "${{") {
						t.Errorf("line %d: an expression in a script: pass it in env", value.Line)
					}
				case "uses":
					name, version, ok := strings.Cut(value.Value, "@")
					if !ok || version == "" {
						t.Errorf("line %d: %s has no version", value.Line, value.Value)
					}
					// A tag can be moved to other code. Ours is for the reader to choose.
					if name != "sizegate/sizegate" && (!commitHash.MatchString(version) || !strings.HasPrefix(value.LineComment, "# v")) {
						t.Errorf("line %d: %s is not pinned: name the commit, and the version behind it as a comment", value.Line, value.Value)
					}
					checksOut = checksOut || name == "actions/checkout"
				}
			})
			if writes && checksOut {
				t.Error("has a token that can write, and checks code out")
			}
			usesSizegate(&doc, func(with map[string]string) {
				for input := range with {
					if _, ok := known[input]; !ok {
						t.Errorf("the action has no input %q", input)
					}
				}
			})
		})
	}
}

func jobPermissions(jobs map[string]struct{ Permissions map[string]string }) []map[string]string {
	var list []map[string]string
	for _, j := range jobs {
		list = append(list, j.Permissions)
	}
	return list
}

// TestConfigurations: every budgets.yaml that is shown is valid, and examples have
// the build: commands that their workflows need.
func TestConfigurations(t *testing.T) {
	texts := map[string]string{"budgets.yaml": read(t, "budgets.yaml")}
	for _, path := range exampleFiles(t, "budgets.yaml") {
		texts[path] = read(t, path)
	}
	for _, path := range guides {
		for _, block := range fenced(t, path, "yaml") {
			if strings.HasPrefix(block, "version: 1") {
				texts[path+": "+block] = block
			}
		}
	}
	if len(texts) < 10 {
		t.Errorf("only %d configurations are shown", len(texts))
	}
	for name, text := range texts {
		if _, err := configfile.Parse("budgets.yaml", []byte(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, path := range exampleFiles(t, ".yml", "pre-push") {
		if text := read(t, path); !strings.Contains(text, "--build") && !strings.Contains(text, "base:") {
			continue
		}
		configs, err := filepath.Glob(filepath.Join(filepath.Dir(path), "budgets.yaml"))
		if nested, e := filepath.Glob(filepath.Join(filepath.Dir(path), "*", "*", "budgets.yaml")); e == nil {
			configs = append(configs, nested...)
		}
		if err != nil || len(configs) == 0 {
			t.Fatalf("%s has no budgets.yaml beside it: %v", path, err)
		}
		for _, c := range configs {
			config, err := configfile.Parse(c, []byte(read(t, c)))
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range config.Budgets {
				if b.Build == "" {
					t.Errorf("%s: %s has no build:, which %s needs", c, b.Name, path)
				}
			}
		}
	}
}

var commandLine = regexp.MustCompile(`\bsizegate (report|check|diff|init|update|lambda|advise|version|completion)( [^|;&#>` + "`" + `\n]*)?`)

// TestCommandLines: every sizegate command that is shown has flags that sizegate
// knows.
func TestCommandLines(t *testing.T) {
	program := buildSizegate(t)
	type shown struct{ where, line string }
	var lines []shown
	collect := func(where, text string) {
		for _, line := range strings.Split(strings.ReplaceAll(text, "\\\n", " "), "\n") {
			for _, m := range commandLine.FindAllString(line, -1) {
				lines = append(lines, shown{where, m})
			}
		}
	}
	for _, path := range exampleFiles(t, ".yml", "pre-push") {
		// Comments are prose, in which any word may follow the name of a command.
		var code strings.Builder
		for line := range strings.Lines(read(t, path)) {
			before, _, _ := strings.Cut(line, "# ")
			code.WriteString(strings.TrimRight(before, "\n") + "\n")
		}
		collect(path, code.String())
	}
	for _, path := range guides {
		for _, block := range fenced(t, path, "sh", "yaml") {
			collect(path, block)
		}
	}
	for path, text := range workflows(t) {
		var doc yaml.Node
		if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
			t.Fatal(err)
		}
		usesSizegate(&doc, func(with map[string]string) {
			lines = append(lines, shown{path, "sizegate check " + with["args"]})
		})
	}
	if len(lines) < 15 {
		t.Errorf("only %d commands are shown", len(lines))
	}
	for _, l := range lines {
		args := strings.Fields(l.line)[1:]
		for i := range args {
			args[i] = strings.Trim(args[i], `"'`)
		}
		if out, err := exec.Command(program, append(args, "--help")...).CombinedOutput(); err != nil {
			t.Errorf("%s: %s: %s", l.where, l.line, out)
		}
	}
}

// repository is a git repository of a program of so many bytes, with a remote.
type repository struct {
	dir string
	env []string
}

func newRepository(t *testing.T, program string) *repository {
	t.Helper()
	for tool, pkg := range map[string]string{"git": "git", "sh": "dash"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s not found (Debian: apt install %s)", tool, pkg)
		}
	}
	r := &repository{dir: filepath.Join(t.TempDir(), "work")}
	r.env = append(os.Environ(), "PATH="+filepath.Dir(program)+string(os.PathListSeparator)+os.Getenv("PATH"),
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GITHUB_ACTIONS=", "GITHUB_REF=", "GITHUB_BASE_REF=",
		"GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com", "GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.com")
	for _, dir := range []string{r.dir, r.dir + ".git"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	r.must(t, "git", "init", "-q", "--bare", r.dir+".git")
	r.must(t, "git", "init", "-q", "-b", "main")
	r.must(t, "git", "remote", "add", "origin", r.dir+".git")
	return r
}

func (r *repository) run(name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = r.dir, r.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (r *repository) must(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := r.run(name, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return out
}

func (r *repository) write(t *testing.T, name, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, name), []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// TestPrePush lets git run the hook.
func TestPrePush(t *testing.T) {
	program := buildSizegate(t)
	r := newRepository(t, program)
	fixture := func(name string) string {
		path, err := filepath.Abs("testdata/elf/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return "cp '" + path + "' app\n"
	}
	// The build looks at git, which must be the repository it stands in.
	const build = "test \"$(git rev-parse --show-toplevel)\" = \"$(pwd -P)\" || exit 9\ntest -z \"${GIT_DIR-}\" || exit 8\n"
	r.write(t, ".git/hooks/pre-push", read(t, "examples/git-pre-push/pre-push"), 0o755)
	r.write(t, "budgets.yaml", "version: 1\nbudgets:\n  - {name: app, path: app, build: sh build.sh, max-increase: {file: 10%}, limits: {file: 20 kB}}\n", 0o644)
	r.write(t, ".gitignore", "/app\n", 0o644)
	r.write(t, "build.sh", build+fixture("rust-v0-lto-amd64"), 0o644) // 17,408 bytes
	r.must(t, "git", "add", ".")
	r.must(t, "git", "commit", "-q", "-m", "one")
	r.must(t, "git", "push", "-q", "origin", "main")

	r.must(t, "git", "checkout", "-q", "-b", "large")
	r.write(t, "build.sh", build+fixture("rust-v0-amd64"), 0o644) // 23,600 bytes
	r.must(t, "git", "commit", "-q", "-a", "-m", "large")
	refused := func(args ...string) {
		t.Helper()
		out, err := r.run("git", args...)
		if err == nil || !strings.Contains(out, "file grew by 6,192 B") || !strings.Contains(out, "3,600 B over the limit of 20 kB") {
			t.Errorf("git %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		if out := r.must(t, "git", "ls-remote", "origin"); strings.Contains(out, "refs/heads/large") {
			t.Errorf("git %s: the branch was pushed", strings.Join(args, " "))
		}
	}
	refused("push", "origin", "large")
	// Here git sets GIT_DIR for the hook.
	refused("--git-dir="+filepath.Join(r.dir, ".git"), "--work-tree="+r.dir, "push", "origin", "large")

	// From a worktree, in which only the link .git stands.
	main := r.dir
	r.must(t, "git", "worktree", "add", "-q", "-b", "larger", main+"-linked", "large")
	r.dir = main + "-linked"
	refused("push", "origin", "larger:large")
	r.dir = main

	// Deleting a branch builds nothing, and nothing is left over.
	r.must(t, "git", "push", "-q", "--no-verify", "origin", "main:refs/heads/old")
	if err := os.Remove(filepath.Join(r.dir, "app")); err != nil {
		t.Fatal(err)
	}
	r.must(t, "git", "push", "-q", "origin", ":old")
	if _, err := os.Stat(filepath.Join(r.dir, "app")); err == nil {
		t.Error("a branch was deleted with a build")
	}
	if out := r.must(t, "git", "worktree", "list"); strings.Count(out, "\n") != 2 {
		t.Errorf("worktrees:\n%s", out)
	}
	r.must(t, "git", "push", "-q", "--no-verify", "origin", "large")
}

// TestForkComment runs the script of the workflow that comments, with a gh that
// answers from files and keeps what is posted.
func TestForkComment(t *testing.T) {
	for tool, pkg := range map[string]string{"bash": "bash", "jq": "jq", "zip": "zip", "unzip": "unzip", "iconv": "libc-bin"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s not found (Debian: apt install %s)", tool, pkg)
		}
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(read(t, "examples/fork-safe-comment/comment.yml")), &doc); err != nil {
		t.Fatal(err)
	}
	script := ""
	each(&doc, func(key string, value *yaml.Node) {
		if key == "run" {
			script += value.Value
		}
	})
	const gh = `#!/bin/sh
printf '%s\n' "$*" >>calls
case "$*" in
*/pulls*) cat pulls ;;
*/runs/5/artifacts) cat artifacts ;;
*/artifacts/6/zip) cat made.zip ;;
*--paginate*) cat comments ;;
*body=@comment.md) ;;
*) exit 1 ;;
esac
`
	const pulls = `[{"number": 3, "head": {"sha": "old"}}, {"number": 7, "head": {"sha": "abc"}}]`
	const artifacts = `{"artifacts": [{"id": 4, "name": "other", "size_in_bytes": 1}, {"id": 6, "name": "size-report", "size_in_bytes": 500}]}`
	const posts = "api -X POST repos/o/r/issues/7/comments -F body=@comment.md"
	for _, tt := range []struct {
		name, pulls, artifacts, comments, report string
		posted                                   string // the last call, "" if nothing may be posted
		body                                     string
	}{
		{"new", pulls, artifacts, "[]", "## ✅ every limit holds\n", posts, "## ✅ every limit holds\n"},
		{"again", pulls, artifacts, `[{"id": 1, "user": {"login": "eve"}, "body": "<!-- sizegate -->"}][{"id": 2, "user": {"login": "github-actions[bot]"}, "body": "<!-- sizegate -->\nold"}]`,
			"new\n", "api -X PATCH repos/o/r/issues/comments/2 -F body=@comment.md", "new\n"},
		{"newer commits", `[{"number": 3, "head": {"sha": "old"}}]`, artifacts, "[]", "x\n", "", ""},
		{"no report", pulls, `{"artifacts": []}`, "[]", "x\n", "", ""},
		{"a large artifact", pulls, strings.Replace(artifacts, "500", "1000000", 1), "[]", "x\n", "", ""},
		{"hostile", pulls, artifacts, "[]", "a\x1b[31m @everyone\r\n\x00\xffb\n", posts, "a[31m @<!-- -->everyone\nb\n"},
		{"a bomb", pulls, artifacts, "[]", strings.Repeat("0", 5_000_000), posts, strings.Repeat("0", 60_000)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range map[string]string{"gh": gh, "pulls": tt.pulls, "artifacts": tt.artifacts, "comments": tt.comments,
				"size-report.md": tt.report, "script.sh": script} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			run := func(name string, args ...string) {
				t.Helper()
				cmd := exec.Command(name, args...)
				cmd.Dir = dir
				cmd.Env = append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"), "GITHUB_REPOSITORY=o/r",
					"GH_TOKEN=none", "RUN_ID=5", "HEAD_SHA=abc", "HEAD_OWNER=eve", "HEAD_BRANCH=$(touch harm)")
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("%s: %v\n%s", name, err, out)
				}
			}
			run("zip", "-q", "made.zip", "size-report.md")
			if err := os.Remove(filepath.Join(dir, "size-report.md")); err != nil {
				t.Fatal(err)
			}
			run("bash", "--noprofile", "--norc", "-eo", "pipefail", "script.sh")
			calls := read(t, filepath.Join(dir, "calls"))
			if !strings.Contains(calls, "-f head=eve:$(touch harm)\n") {
				t.Errorf("the pull request is not looked for by its branch:\n%s", calls)
			}
			last := strings.Split(strings.TrimSuffix(calls, "\n"), "\n")
			if posted := last[len(last)-1]; tt.posted != "" && posted != tt.posted || tt.posted == "" && strings.Contains(calls, "body=") {
				t.Errorf("calls\n%s\nwant the last %q", calls, tt.posted)
			}
			if tt.posted != "" {
				if got := read(t, filepath.Join(dir, "comment.md")); got != "<!-- sizegate -->\n"+tt.body {
					t.Errorf("the comment is %.300q", got)
				}
			}
			for _, name := range []string{"harm", "size-report.md"} {
				if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
					t.Errorf("%s was made", name)
				}
			}
		})
	}
}

// TestOwnBudgets: the repository's own configuration says how sizegate is built,
// and what it builds is not part of the repository.
func TestOwnBudgets(t *testing.T) {
	config, err := configfile.Parse("budgets.yaml", []byte(read(t, "budgets.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range config.Budgets {
		if b.Build == "" || len(b.Limits) == 0 || len(b.Packages) == 0 {
			t.Errorf("%s lacks build, limits or packages", b.Name)
		}
		for _, path := range b.Paths {
			if !strings.HasPrefix(path, "dist/") {
				t.Errorf("%s is built outside of dist/", path)
			}
		}
	}
	if !strings.Contains(read(t, ".gitignore"), "/dist/\n") {
		t.Error(".gitignore lacks /dist/")
	}
}

// TestHook: the hook for pre-commit names a command that there is.
func TestHook(t *testing.T) {
	data, err := os.ReadFile(".pre-commit-hooks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var hooks []struct {
		ID, Name, Entry, Language string
		PassFilenames             *bool `yaml:"pass_filenames"`
	}
	if err := yaml.Unmarshal(data, &hooks); err != nil {
		t.Fatal(err)
	}
	if len(hooks) != 1 || hooks[0].ID != "sizegate" || hooks[0].Language != "golang" || hooks[0].PassFilenames == nil || *hooks[0].PassFilenames {
		t.Fatalf("%+v", hooks)
	}
	args := append([]string{"run", "./cmd/sizegate"}, strings.Fields(hooks[0].Entry)[1:]...)
	if out, err := exec.Command("go", append(args, "--help")...).CombinedOutput(); err != nil || !strings.Contains(string(out), "--build") {
		t.Errorf("%s: %v\n%s", hooks[0].Entry, err, out)
	}
}
