package main

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sizegate/sizegate/internal/snapshot"
)

// checkadvice JSON TABLE FILE holds the JSON against the text and the file's size.
func scriptCheckAdvice(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: checkadvice JSON TABLE FILE")
	}
	var r snapshot.AdviceReport
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &r))
	text := ts.ReadFile(args[1])
	info, err := os.Stat(ts.MkAbs(args[2]))
	ts.Check(err)
	if r.Schema != "sizegate.advice/v1" || len(r.Files) != 1 || r.Files[0].FileSize != uint64(info.Size()) || len(r.Files[0].Advice) == 0 {
		ts.Fatalf("%s: %+v", args[0], r)
	}
	last := uint64(1 << 62)
	for n, a := range r.Files[0].Advice {
		_, rest, ok := strings.Cut(text, strconv.Itoa(n+1)+". "+a.Title+"\n   ")
		if !ok {
			ts.Fatalf("no advice %d %q", n+1, a.Title)
		}
		text = rest
		saving, rest, _ := strings.Cut(text, "\n")
		bytes, known := strings.CutPrefix(saving, "saves ")
		bytes, _, _ = strings.Cut(bytes, " B ")
		switch {
		case known != (a.Saves != nil), known == (a.HowToFindOut != ""):
			ts.Fatalf("%+v, in the text %q", a, saving)
		case known && strings.ReplaceAll(bytes, ",", "") != strconv.FormatUint(a.Saves.Bytes, 10):
			ts.Fatalf("%+v, in the text %q", *a.Saves, saving)
		case known && a.Saves.Bytes > last, known && last == 0:
			ts.Fatalf("%d bytes behind %d", a.Saves.Bytes, last)
		}
		last = 0
		if known {
			last = a.Saves.Bytes
		}
		for _, e := range a.Evidence {
			if !strings.Contains(rest, "\n   - "+e+"\n") && !strings.HasPrefix(rest, "   - "+e+"\n") {
				ts.Fatalf("no evidence %q", e)
			}
		}
		for line := range strings.SplitSeq(a.Setting, "\n") {
			if line != "" && !strings.Contains(rest, "\n       "+line+"\n") {
				ts.Fatalf("no line %q of the setting", line)
			}
		}
	}
}
