package lambda

import (
	"context"
	"fmt"

	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/oneline"
)

// Options is what a package does not say of itself.
type Options struct {
	Runtime string       // DefaultRuntime if it is ""
	Arch    elfscan.Arch // that the function declares; "" is that of bootstrap
}

// Check says what is wrong with a package that is deployed as the preset says,
// PresetZip or PresetLayer: failures first, then in the order of the package. The
// error is an *Error about the question, or what bundle.Package.Visit returns.
func Check(ctx context.Context, p *bundle.Package, preset Preset, o Options) ([]Finding, error) {
	if preset != PresetZip && preset != PresetLayer {
		return nil, &Error{Problem: fmt.Sprintf("a package cannot be deployed as %q", oneline.Quote(string(preset), 60)), Hint: "aws-lambda-zip or aws-lambda-layer"}
	}
	if o.Arch != "" && o.Arch != elfscan.AMD64 && o.Arch != elfscan.ARM64 {
		return nil, &Error{Problem: fmt.Sprintf("no architecture %q", oneline.Quote(string(o.Arch), 60)), Hint: "amd64 or arm64"}
	}
	r, err := runtimeOf(o.Runtime)
	if err != nil {
		return nil, err
	}
	root := taskRoot
	if preset == PresetLayer {
		root = layerRoot
	}
	found, err := inspect(ctx, p, root)
	if err != nil {
		return nil, err
	}
	c := &checker{contents: found, preset: preset, runtime: r, options: o, arch: o.Arch, startsIn: -1}
	c.sizes()
	if r.unknown {
		c.add(Warning, UnknownRuntime, "", "nothing is known of the runtime %s: neither bootstrap nor libraries were checked (name a documented one)", r.name)
	}
	if r.custom {
		c.bootstrap()
	}
	c.files()
	return sorted(c.findings), nil
}

// checker collects findings about one package.
type checker struct {
	*contents
	preset   Preset
	runtime  runtime
	options  Options
	arch     elfscan.Arch // of the function, "" if nothing says it
	loaded   map[int]bool // the ELF files that start with bootstrap
	startsIn int          // the ELF file of the package that a script names, -1 for none
	findings []Finding
}

func (c *checker) add(s Severity, code Code, subject, format string, args ...any) {
	c.findings = append(c.findings, Finding{Severity: s, Code: code, Subject: subject, Message: fmt.Sprintf(format, args...)})
}

// addBytes adds a finding about bytes that need not be there. about follows their
// number.
func (c *checker) addBytes(s Severity, code Code, subject string, size uint64, about string) {
	c.findings = append(c.findings, Finding{Severity: s, Code: code, Subject: subject, Message: bytesize.Size(size).Grouped() + " bytes " + about, About: about, Value: size})
}

func (c *checker) sizes() {
	for _, l := range c.preset.Limits() {
		switch {
		case l.Metric == Unzipped:
			c.findings = append(c.findings, l.check("it unpacks to", c.p.Unzipped)...)
		case c.p.Format == bundle.FormatZip:
			c.findings = append(c.findings, l.check("the zip has", c.p.Size)...)
		}
	}
	if c.p.Format != bundle.FormatZip && c.p.Format != bundle.FormatDirectory {
		c.add(Failure, NotAZip, "", "%s, and Lambda takes only zip (pack it with zip)", c.p.Format)
	}
}
