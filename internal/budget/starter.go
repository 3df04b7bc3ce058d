package budget

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/sizegate/sizegate/internal/snapshot"
)

// MaxPrograms is how many programs one configuration can be about.
const MaxPrograms = maxEntries

// Program is a measured program, or a package with it, that a starter
// configuration is to limit.
type Program struct {
	Path   string // from the folder of the configuration, with forward slashes
	File   string // the absolute path, which names are taken from
	Binary *snapshot.Binary
	// Package is set in place of Binary for a deployment package.
	Package *snapshot.Package
}

// Starter is the text of a first configuration: a budget for each program, with
// limits that are a headroom above what was measured, and examples behind #. It
// was read and held against the programs: every limit holds. It also returns how
// many limits there are. programs has 1 to MaxPrograms elements.
func Starter(programs []Program, headroom Percent) (data []byte, limits int, err error) {
	s := starter{headroom: headroom}
	s.line("# yaml-language-server: $schema=https://raw.githubusercontent.com/sizegate/sizegate/main/budgets.schema.json")
	s.line("")
	s.line("# What these programs may weigh. A limit is an error; {warn: 12 MB, error: 13 MB} warns before.")
	s.line("# sizegate check holds the files against the limits, sizegate update moves the limits.")
	s.line("version: 1")
	s.line("")
	s.line("# How much a program may grow. This needs a baseline: sizegate check --base auto, or --baseline FILE")
	s.line("# with a file from --save-baseline. Growth counts once it is above the percentage and the floor.")
	s.line("# defaults:")
	s.line("#   max-increase:")
	s.line("#     stripped: {warn: 1%%, error: 3%%, floor: 16 KiB}")
	s.line("")
	s.line("budgets:")
	names := starterNames(programs)
	for i := range programs {
		s.budget(&programs[i], names[i], i == 0)
	}
	s.waiver(names[0], &programs[0])
	if s.err != nil {
		return nil, 0, s.err
	}
	data = []byte(s.text.String())
	if len(data) > maxSize {
		return nil, 0, errors.New("the configuration would be larger than 1 MiB (name fewer files)")
	}
	if err := holds(data, programs); err != nil {
		return nil, 0, fmt.Errorf("internal error: the new configuration: %w (please report this with the files)", err)
	}
	return data, s.limits, nil
}

// starter writes the text. The first error stays.
type starter struct {
	text     strings.Builder
	headroom Percent
	limits   int
	err      error
}

func (s *starter) line(format string, args ...any) {
	fmt.Fprintf(&s.text, format+"\n", args...)
}

func (s *starter) scalar(text string) string {
	out, err := scalar(text)
	if s.err == nil {
		s.err = err
	}
	return out
}

// budget writes one entry. Examples are in the first one only.
func (s *starter) budget(p *Program, name string, examples bool) {
	pattern, err := Pattern(p.Path)
	if err != nil {
		s.err = err
		return
	}
	s.line("  - name: %s", s.scalar(name))
	s.line("    path: %s", s.scalar(pattern))
	if p.Package != nil {
		s.line("    # What Lambda documents, and would refuse or break; also aws-lambda-layer:")
		s.line("    # preset: aws-lambda-zip")
	} else {
		s.line("    arch: %s", p.Binary.Arch)
	}
	if examples {
		s.line("    # The command that builds it, for --build and --base:")
		s.line("    # build: %s", s.scalar(starterBuild(p)))
	}
	limits := starterLimits(p, s.headroom)
	s.limits += len(limits)
	s.line("    limits:")
	widest := 0
	for _, l := range limits {
		widest = max(widest, utf8.RuneCountInString(l.key+l.limit))
	}
	for _, l := range limits {
		s.line("      %s: %s%*s  # %s", l.key, l.limit, widest-utf8.RuneCountInString(l.key+l.limit), "", l.comment)
	}
	if p.Package != nil {
		return
	}
	if d, ok := largestDependency(p.Binary); ok && examples {
		s.line("    # What a package or crate may weigh in .text; deny: true in place of a limit bans it:")
		s.line("    # packages:")
		s.line("    #   - match: %s", s.scalar(d.match))
		s.line("    #     limit: %s  # %s now, the largest dependency", readable(s.headroom.above(d.text)), exact(d.text))
	}
}

// waiver writes an example of how one ceiling is raised for a time.
func (s *starter) waiver(name string, p *Program) {
	s.line("")
	s.line("# A waiver raises one limit until a day, and every check prints it:")
	s.line("# waivers:")
	s.line("#   - budget: %s", s.scalar(name))
	metric, size := File, uint64(0)
	if p.Package != nil {
		metric, size = Unzipped, p.Package.Unzipped
	} else {
		size = p.Binary.FileSize
	}
	s.line("#     metric: %s", metric)
	s.line("#     limit: %s", readable(s.headroom.above(s.headroom.above(size))))
	s.line(`#     reason: "why it may be larger, and who agreed"`)
	s.line("#     expires: 2099-12-31")
}

// holds reads a starter configuration and holds the programs against it.
func holds(data []byte, programs []Program) error {
	c, err := Parse("budgets.yaml", data)
	if err != nil {
		return err
	}
	in := Input{Config: c}
	for i := range c.Budgets {
		in.Binaries = append(in.Binaries, Measured{Budget: &c.Budgets[i], Binary: programs[i].Binary, Package: programs[i].Package})
	}
	v := Judge(in)
	for _, f := range v.Failures {
		return fmt.Errorf("%d: %s", f.Position.Line, f.Problem)
	}
	for _, r := range v.Results {
		if r.Status != Pass {
			return fmt.Errorf("%d: %s", r.Position.Line, r.Message)
		}
	}
	return nil
}
