package lambda

import (
	"fmt"
	"io/fs"
	"path"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/oneline"
)

// Image is what Lambda asks of a container image.
type Image struct {
	Unpacked uint64       // bytes of all layers
	Arch     elfscan.Arch // of its configuration
	Command  []string     // its ENTRYPOINT and, behind it, its CMD
	// File is what an absolute path is in the final file system, links
	// followed.
	File func(path string) (mode fs.FileMode, found bool)
	// Started is what the file that Command names is built for, "" if it is no ELF
	// file for amd64 or arm64.
	Started elfscan.Arch
}

// CheckImage says what is wrong with an image that is deployed with PresetImage:
// failures first. arch is what the function declares, "" if that is not known.
// A function can name another command than its image does; that is not seen
// here. The error is an *Error about the question.
func CheckImage(image Image, arch elfscan.Arch) ([]Finding, error) {
	if arch != "" && arch != elfscan.AMD64 && arch != elfscan.ARM64 {
		return nil, &Error{Problem: fmt.Sprintf("no architecture %q", oneline.Quote(string(arch), 60)), Hint: "amd64 or arm64"}
	}
	var list []Finding
	for _, l := range PresetImage.Limits() {
		list = append(list, l.check("the image unpacks to", image.Unpacked)...)
	}
	add := func(s Severity, code Code, subject, format string, args ...any) {
		list = append(list, Finding{Severity: s, Code: code, Subject: subject, Message: fmt.Sprintf(format, args...)})
	}
	if arch != "" && image.Arch != arch {
		add(Failure, WrongArchitecture, "", "an image for %s, and the function is %s (build it with --platform linux/%s)", oneline.Quote(string(image.Arch), 60), arch, arch)
	}
	if len(image.Command) == 0 || image.Command[0] == "" {
		add(Warning, NoEntryPoint, "", "the image does not say what to start (set ENTRYPOINT, or the function's image configuration)")
		return sorted(list), nil
	}
	name := image.Command[0]
	switch started := image.Started; {
	case started == "" || started == image.Arch: // of an image for another architecture that is said above
	case arch != "" && started != arch:
		add(Failure, WrongArchitecture, name, "built for %s, and the function is %s (build it for %s)", started, arch, arch)
	case arch == "" && (image.Arch == elfscan.AMD64 || image.Arch == elfscan.ARM64):
		add(Failure, WrongArchitecture, name, "built for %s, and the image is for %s (build it for %s, or the image with --platform linux/%s)", started, image.Arch, image.Arch, started)
	}
	if !path.IsAbs(name) { // looked for in PATH when it starts
		return sorted(list), nil
	}
	switch mode, found := image.File(name); {
	case !found:
		add(Failure, NoEntryPoint, name, "the image starts %s, which is not in it (set ENTRYPOINT to a file of the image)", oneline.Quote(name, 100))
	case !mode.IsRegular():
		add(Failure, NoEntryPoint, name, "the image starts %s, which is not a file (set ENTRYPOINT to a program)", oneline.Quote(name, 100))
	case mode.Perm()&0o111 == 0:
		add(Failure, NotExecutable, name, "not executable: its mode is %04o (COPY --chmod=755)", mode.Perm())
	}
	return sorted(list), nil
}
