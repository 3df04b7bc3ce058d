package main

import (
	"context"

	"github.com/sizegate/sizegate/internal/completion"
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
		script, ok := map[string]func([]completion.Command) string{"bash": completion.Bash, "zsh": completion.Zsh, "fish": completion.Fish}[args[0]]
		if !ok {
			return usage.Errorf("completion: unknown shell %q (bash, zsh or fish)", args[0])
		}
		return f.write(env, script(completed()), "table")
	}
}

// completed is all commands, as scripts complete them.
func completed() []completion.Command {
	var list []completion.Command
	for _, c := range commands {
		one := completion.Command{Name: c.name, Summary: c.summary, Flags: flagsOf(c)}
		if c == completionCommand {
			one.Words = []string{"bash", "zsh", "fish"}
		}
		list = append(list, one)
	}
	return list
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
