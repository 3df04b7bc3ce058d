package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/output"
	"github.com/sizegate/sizegate/internal/progress"
	"github.com/sizegate/sizegate/internal/terminal"
	"github.com/sizegate/sizegate/internal/usage"
)

// Exit codes. Where several apply, the first of 2, 3, 1, 0 wins.
const (
	exitOK       = 0
	exitExceeded = 1 // a budget is exceeded; diff --exit-code: there is a difference
	exitUsage    = 2 // usage or configuration error; nothing was measured
	exitFailed   = 3 // a file is missing or could not be analysed
)

// command is one subcommand.
type command struct {
	name, summary string
	// setup declares the flags and returns what runs once they are parsed.
	setup func(flags *pflag.FlagSet) func(ctx context.Context, env *environment, args []string) error
	usage string // arguments behind the name
	help  string // what it does, and examples
}

// environment is where a command writes.
type environment struct {
	stdout, stderr io.Writer
	interrupted    <-chan struct{} // closed by a signal; nil for never
}

// newEnvironment is where a command writes, and what is to be called at its end.
func newEnvironment(ctx context.Context, stdout, stderr io.Writer) (env *environment, end func()) {
	if line := progress.New(stderr); line != nil {
		return &environment{stdout, line, ctx.Done()}, line.Close
	}
	return &environment{stdout, stderr, ctx.Done()}, func() {}
}

// output begins what a command writes to a file, or to stdout if path is "".
func (e *environment) output(path string, inputs []string) (*output.Output, error) {
	return output.New(e.stdout, path, inputs, e.interrupted)
}

var commands = []*command{reportCommand, checkCommand, diffCommand, initCommand, updateCommand, lambdaCommand, adviseCommand, versionCommand, completionCommand}

// exit is an end with that code, of which all has been said already.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// orNil is nil for an end without an error.
func (e exit) orNil() error {
	if e == exitOK {
		return nil
	}
	return e
}

// errReported is a failure that has been printed already.
const errReported = exit(exitFailed)

// run is the whole program: args without the program's name, to an exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	env, end := newEnvironment(ctx, stdout, stderr)
	err := dispatch(ctx, env, args)
	end()
	var mistake *usage.Error
	var code exit
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &mistake):
		fmt.Fprintf(stderr, "sizegate: %s\n", display.Clean(mistake.Error()))
		return exitUsage
	case errors.Is(err, usage.ErrPrinted):
		return exitUsage
	case errors.As(err, &code):
		return int(code)
	case errors.Is(err, output.ErrReaderGone):
		return exitFailed
	default:
		fmt.Fprintf(stderr, "sizegate: %s\n", display.Clean(err.Error()))
	}
	return exitFailed
}

func dispatch(ctx context.Context, env *environment, args []string) error {
	if len(args) == 0 {
		fmt.Fprint(env.stderr, overview())
		return usage.Errorf("no command (see sizegate --help)")
	}
	switch args[0] {
	case "-h", "--help", "help":
		if args[0] == "help" && len(args) > 1 {
			return dispatch(ctx, env, []string{args[1], "--help"})
		}
		_, err := io.WriteString(env.stdout, overview())
		return err
	case "--version":
		args = []string{"version"}
	}
	i := slices.IndexFunc(commands, func(c *command) bool { return c.name == args[0] })
	if i < 0 {
		return usage.Errorf("unknown command %q (see sizegate --help)", args[0])
	}
	c := commands[i]
	flags := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.SortFlags = false
	execute := c.setup(flags)
	help := flags.BoolP("help", "h", false, "show this help")
	if err := flags.Parse(args[1:]); err != nil {
		// What Go's number parser says of a bad number is not for users.
		text, _, _ := strings.Cut(err.Error(), ": strconv.")
		return usage.Errorf("%s (see sizegate %s --help)", text, c.name)
	}
	if *help {
		_, err := fmt.Fprintf(env.stdout, "%s\n\nUsage:\n  sizegate %s\n\nFlags:\n%s", strings.TrimSpace(c.help),
			strings.TrimSpace(c.name+" [flags] "+c.usage), flags.FlagUsages())
		return err
	}
	if quiet, err := flags.GetBool("quiet"); err == nil && quiet {
		env.stderr = progress.Off(env.stderr)
	}
	return execute(ctx, env, flags.Args())
}

// sharedFlags are the flags that every command has. report has its own of the same
// names, with more formats.
type sharedFlags struct {
	format, output, color string
	quiet                 bool
}

func (f *sharedFlags) declare(flags *pflag.FlagSet, formats string) {
	flags.StringVarP(&f.format, "format", "f", "table", formats)
	flags.StringVarP(&f.output, "output", "o", "", "write to `file`, whole or not at all")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "no warnings and no progress")
	flags.StringVar(&f.color, "color", "auto", "auto (on a terminal, unless NO_COLOR is set), always or never")
}

// open prepares for the output. inputs are files it must not overwrite.
func (f *sharedFlags) open(env *environment, inputs []string) (*output.Output, error) {
	if _, err := terminal.UseColor(f.color, env.stdout); err != nil {
		return nil, err
	}
	return env.output(f.output, inputs)
}

// medium is what tables are drawn for here.
func (f *sharedFlags) medium(env *environment) (display.Medium, error) {
	return terminal.Medium(f.color, f.output, env.stdout)
}

// write delivers what a command has to say. formats are the ones it has.
func (f *sharedFlags) write(env *environment, text string, formats ...string) error {
	if !slices.Contains(formats, f.format) {
		return usage.Errorf("--format %s: not one of %s", f.format, strings.Join(formats, ", "))
	}
	out, err := f.open(env, nil)
	if err != nil {
		return err
	}
	defer out.Discard()
	io.WriteString(out, text)
	return out.Deliver()
}

func overview() string {
	var b strings.Builder
	b.WriteString("sizegate says where every byte of an ELF binary goes, by Go package or Rust crate.\n\nCommands:\n")
	for _, c := range commands {
		fmt.Fprintf(&b, "  %-12s %s\n", c.name, c.summary)
	}
	b.WriteString("\nsizegate COMMAND --help says more.\n")
	return b.String()
}
