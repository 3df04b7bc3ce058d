package starter

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/configfile"
	"github.com/sizegate/sizegate/internal/budget/headroom"
	"github.com/sizegate/sizegate/internal/budget/judge"
	"github.com/sizegate/sizegate/internal/budget/measure"
	"github.com/sizegate/sizegate/internal/budget/pattern"
	"github.com/sizegate/sizegate/internal/budget/strictyaml"
	"github.com/sizegate/sizegate/internal/budget/wording"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// MaxPrograms is how many programs one configuration can be about.
const MaxPrograms = strictyaml.MaxEntries

// Program is a measured program, or a package or an image with it, that a starter
// configuration is to limit.
type Program struct {
	Path   string // from the folder of the configuration, with forward slashes
	File   string // the absolute path, which names are taken from
	Binary *snapshot.Binary
	// One of these is set in place of Binary for what is deployed.
	Package *snapshot.Package
	Image   *snapshot.Image
}

// Text is the text of a first configuration: a budget for each program, with
// limits that are percent above what was measured, and examples behind #. It
// was read and held against the programs: every limit holds. It also returns how
// many limits there are, as a verdict counts them: arch is one. programs has 1 to
// MaxPrograms elements.
func Text(programs []Program, percent budget.Percent) (data []byte, limits int, err error) {
	s := writer{headroom: percent}
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
	names := names(programs)
	for i := range programs {
		s.budget(&programs[i], names[i], i == 0)
	}
	s.waiver(names[0], &programs[0])
	if s.err != nil {
		return nil, 0, s.err
	}
	data = []byte(s.text.String())
	if len(data) > configfile.MaxSize {
		return nil, 0, errors.New("the configuration would be larger than 1 MiB (name fewer files)")
	}
	limits, err = holds(data, programs)
	if err != nil {
		return nil, 0, fmt.Errorf("internal error: the new configuration: %w (please report this with the files)", err)
	}
	return data, limits, nil
}

// writer writes the text. The first error stays.
type writer struct {
	text     strings.Builder
	headroom budget.Percent
	err      error
}

func (s *writer) line(format string, args ...any) {
	fmt.Fprintf(&s.text, format+"\n", args...)
}

func (s *writer) scalar(text string) string {
	out, err := strictyaml.Literal(text)
	if s.err == nil {
		s.err = err
	}
	return out
}

// budget writes one entry. Examples are in the first one only.
func (s *writer) budget(p *Program, name string, examples bool) {
	path := p.Path
	if !pattern.InRegistry(p.Path) {
		var err error
		if path, err = pattern.Escape(p.Path); err != nil {
			s.err = err
			return
		}
	}
	s.line("  - name: %s", s.scalar(name))
	s.line("    path: %s", s.scalar(path))
	switch {
	case p.Package != nil:
		s.line("    # What Lambda documents, and would refuse or break; also aws-lambda-layer:")
		s.line("    # preset: aws-lambda-zip")
	case p.Image != nil:
		if arch := measure.ImageArch(p.Image); arch == "amd64" || arch == "arm64" {
			s.line("    arch: %s", arch)
		}
		s.line("    # What Lambda documents, and would refuse or break:")
		s.line("    # preset: aws-lambda-image")
	default:
		s.line("    arch: %s", p.Binary.Arch)
	}
	if examples {
		s.line("    # The command that builds it, for --build and --base:")
		s.line("    # build: %s", s.scalar(buildCommand(p)))
	}
	limits := limits(p, s.headroom)
	s.line("    limits:")
	widest := 0
	for _, l := range limits {
		widest = max(widest, utf8.RuneCountInString(l.key+l.limit))
	}
	for _, l := range limits {
		s.line("      %s: %s%*s  # %s", l.key, l.limit, widest-utf8.RuneCountInString(l.key+l.limit), "", l.comment)
	}
	if p.Binary == nil {
		return
	}
	if value, err := measure.Binary(p.Binary, budget.UPX, ""); err == nil && value > 0 {
		s.line("      # After UPX. This needs UPX wherever it is checked: without it the check fails.")
		s.line("      # upx: %s", headroom.Limit(s.headroom, value))
	}
	if d, ok := largestDependency(p.Binary); ok && examples {
		s.line("    # What a package or crate may weigh in .text; deny: true in place of a limit bans it:")
		s.line("    # packages:")
		s.line("    #   - match: %s", s.scalar(d.match))
		s.line("    #     limit: %s  # the largest dependency when this was written, %s", headroom.Limit(s.headroom, d.text), wording.Exact(d.text))
	}
}

// waiver writes an example of how one ceiling is raised for a time.
func (s *writer) waiver(name string, p *Program) {
	s.line("")
	s.line("# A waiver raises one limit until a day, and every check prints it:")
	s.line("# waivers:")
	s.line("#   - budget: %s", s.scalar(name))
	metric, size := budget.File, uint64(0)
	switch {
	case p.Package != nil:
		metric, size = budget.Unzipped, p.Package.Unzipped
	case p.Image != nil:
		metric, size = budget.ImageSize, p.Image.Size
	default:
		size = p.Binary.FileSize
	}
	s.line("#     metric: %s", metric)
	s.line("#     limit: %s", headroom.Limit(s.headroom, headroom.Above(s.headroom, size)))
	s.line(`#     reason: "why it may be larger, and who agreed"`)
	s.line("#     expires: 2099-12-31")
}

// holds reads a starter configuration, holds the programs against it, and counts
// the limits.
func holds(data []byte, programs []Program) (limits int, err error) {
	c, err := configfile.Parse("budgets.yaml", data)
	if err != nil {
		return 0, err
	}
	in := judge.Input{Config: c}
	for i := range c.Budgets {
		p := &programs[i]
		in.Binaries = append(in.Binaries, judge.Measured{Budget: &c.Budgets[i], Binary: p.Binary, Package: p.Package, Image: p.Image})
	}
	v := judge.Budgets(in)
	for _, f := range v.Failures {
		return 0, fmt.Errorf("%d: %s", f.Position.Line, f.Problem)
	}
	for _, r := range v.Results {
		if r.Status != budget.Pass {
			return 0, fmt.Errorf("%d: %s", r.Position.Line, r.Message)
		}
	}
	return len(v.Results), nil
}
