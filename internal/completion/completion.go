// Package completion writes the scripts with which shells complete the command line of
// sizegate.
package completion

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"
)

// Command is one subcommand.
type Command struct {
	Name, Summary string
	Flags         []*pflag.Flag
	Words         []string // that it takes as arguments besides files
}

func flagWords(c *Command) string {
	var words []string
	for _, f := range c.Flags {
		words = append(words, "--"+f.Name)
		if f.Shorthand != "" {
			words = append(words, "-"+f.Shorthand)
		}
	}
	return strings.Join(append(words, c.Words...), " ")
}

func commandNames(commands []Command) string {
	var names []string
	for _, c := range commands {
		names = append(names, c.Name)
	}
	return strings.Join(names, " ")
}

// Bash is a script for bash.
func Bash(commands []Command) string {
	var b strings.Builder
	b.WriteString("# bash completion for sizegate\n_sizegate() {\n  local cur=${COMP_WORDS[COMP_CWORD]}\n")
	fmt.Fprintf(&b, "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    COMPREPLY=($(compgen -W %q -- \"$cur\"))\n    return\n  fi\n", commandNames(commands))
	b.WriteString("  case ${COMP_WORDS[1]} in\n")
	for _, c := range commands {
		fmt.Fprintf(&b, "  %s) COMPREPLY=($(compgen -W %q -- \"$cur\")) ;;\n", c.Name, flagWords(&c))
	}
	b.WriteString("  esac\n}\ncomplete -o default -o bashdefault -F _sizegate sizegate\n")
	return b.String()
}

// Zsh is a script for zsh.
func Zsh(commands []Command) string {
	var b strings.Builder
	b.WriteString("#compdef sizegate\n# zsh completion for sizegate\n_sizegate() {\n  if (( CURRENT == 2 )); then\n    local -a commands=(\n")
	for _, c := range commands {
		fmt.Fprintf(&b, "      %s\n", quoteZsh(c.Name+":"+c.Summary))
	}
	b.WriteString("    )\n    _describe command commands\n    return\n  fi\n  case ${words[2]} in\n")
	for _, c := range commands {
		fmt.Fprintf(&b, "  %s) compadd -- %s; _files ;;\n", c.Name, flagWords(&c))
	}
	b.WriteString("  esac\n}\nif [ \"$funcstack[1]\" = _sizegate ]; then\n  _sizegate \"$@\"\nelse\n  compdef _sizegate sizegate\nfi\n")
	return b.String()
}

func quoteZsh(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// Fish is a script for fish.
func Fish(commands []Command) string {
	var b strings.Builder
	b.WriteString("# fish completion for sizegate\n")
	for _, c := range commands {
		fmt.Fprintf(&b, "complete -c sizegate -n __fish_use_subcommand -f -a %s -d %s\n", c.Name, quoteFish(c.Summary))
	}
	for _, c := range commands {
		for _, f := range c.Flags {
			fmt.Fprintf(&b, "complete -c sizegate -n '__fish_seen_subcommand_from %s' -l %s", c.Name, f.Name)
			if f.Shorthand != "" {
				fmt.Fprintf(&b, " -s %s", f.Shorthand)
			}
			if f.NoOptDefVal == "" {
				b.WriteString(" -r")
			}
			fmt.Fprintf(&b, " -d %s\n", quoteFish(f.Usage))
		}
	}
	for _, c := range commands {
		if len(c.Words) > 0 {
			fmt.Fprintf(&b, "complete -c sizegate -n '__fish_seen_subcommand_from %s' -f -a '%s'\n", c.Name, strings.Join(c.Words, " "))
		}
	}
	return b.String()
}

func quoteFish(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}
