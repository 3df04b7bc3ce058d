package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/sizegate/sizegate/internal/usage"
	"github.com/spf13/pflag"
)

var completionCommand = &command{
	name:    "completion",
	summary: "completion script for bash, zsh or fish",
	usage:   "bash|zsh|fish",
	help: `Prints a script that completes commands, flags and file names.

Examples:
  source <(sizegate completion bash)
  sizegate completion zsh > ~/.zfunc/_sizegate
  sizegate completion fish > ~/.config/fish/completions/sizegate.fish`,
}

// The setup reads the list of commands, which holds this command.
func init() { completionCommand.setup = setupCompletion }

func setupCompletion(flags *pflag.FlagSet) func(context.Context, *environment, []string) error {
	f := &sharedFlags{}
	f.declare(flags, "table, which is the script")
	return func(_ context.Context, env *environment, args []string) error {
		if len(args) != 1 {
			return usage.Errorf("completion: name one shell: bash, zsh or fish")
		}
		script, ok := map[string]func() string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}[args[0]]
		if !ok {
			return usage.Errorf("completion: unknown shell %q (bash, zsh or fish)", args[0])
		}
		return f.write(env, script(), "table")
	}
}

// flagsOf lists a command's flags.
func flagsOf(c *command) []*pflag.Flag {
	set := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
	c.setup(set)
	set.BoolP("help", "h", false, "show this help")
	var list []*pflag.Flag
	set.VisitAll(func(f *pflag.Flag) { list = append(list, f) })
	return list
}

func flagWords(c *command) string {
	var words []string
	for _, f := range flagsOf(c) {
		words = append(words, "--"+f.Name)
		if f.Shorthand != "" {
			words = append(words, "-"+f.Shorthand)
		}
	}
	if c == completionCommand {
		words = append(words, "bash", "zsh", "fish")
	}
	return strings.Join(words, " ")
}

func commandNames() string {
	var names []string
	for _, c := range commands {
		names = append(names, c.name)
	}
	return strings.Join(names, " ")
}

func bashCompletion() string {
	var b strings.Builder
	b.WriteString("# bash completion for sizegate\n_sizegate() {\n  local cur=${COMP_WORDS[COMP_CWORD]}\n")
	fmt.Fprintf(&b, "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    COMPREPLY=($(compgen -W %q -- \"$cur\"))\n    return\n  fi\n", commandNames())
	b.WriteString("  case ${COMP_WORDS[1]} in\n")
	for _, c := range commands {
		fmt.Fprintf(&b, "  %s) COMPREPLY=($(compgen -W %q -- \"$cur\")) ;;\n", c.name, flagWords(c))
	}
	b.WriteString("  esac\n}\ncomplete -o default -o bashdefault -F _sizegate sizegate\n")
	return b.String()
}

func zshCompletion() string {
	var b strings.Builder
	b.WriteString("#compdef sizegate\n# zsh completion for sizegate\n_sizegate() {\n  if (( CURRENT == 2 )); then\n    local -a commands=(\n")
	for _, c := range commands {
		fmt.Fprintf(&b, "      %s\n", quoteZsh(c.name+":"+c.summary))
	}
	b.WriteString("    )\n    _describe command commands\n    return\n  fi\n  case ${words[2]} in\n")
	for _, c := range commands {
		fmt.Fprintf(&b, "  %s) compadd -- %s; _files ;;\n", c.name, flagWords(c))
	}
	b.WriteString("  esac\n}\nif [ \"$funcstack[1]\" = _sizegate ]; then\n  _sizegate \"$@\"\nelse\n  compdef _sizegate sizegate\nfi\n")
	return b.String()
}

func quoteZsh(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func fishCompletion() string {
	var b strings.Builder
	b.WriteString("# fish completion for sizegate\n")
	for _, c := range commands {
		fmt.Fprintf(&b, "complete -c sizegate -n __fish_use_subcommand -f -a %s -d %s\n", c.name, quoteFish(c.summary))
	}
	for _, c := range commands {
		for _, f := range flagsOf(c) {
			fmt.Fprintf(&b, "complete -c sizegate -n '__fish_seen_subcommand_from %s' -l %s", c.name, f.Name)
			if f.Shorthand != "" {
				fmt.Fprintf(&b, " -s %s", f.Shorthand)
			}
			if f.NoOptDefVal == "" {
				b.WriteString(" -r")
			}
			fmt.Fprintf(&b, " -d %s\n", quoteFish(f.Usage))
		}
	}
	b.WriteString("complete -c sizegate -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'\n")
	return b.String()
}

func quoteFish(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}
