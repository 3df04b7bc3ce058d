package main

import "testing"

// TestManyOnFullDisk makes reports that are longer than what is kept in memory.
func TestManyOnFullDisk(t *testing.T) {
	const report = `sizegate report -f json --by function --section all $(yes dist/app | head -n 200)`
	tests := []struct {
		name, script string
		code         int
		text, left   string
	}{
		{"standard output", `fill; ` + report + ` >"$TMPDIR/want" && TMPDIR="$DISK" ` + report + ` | cmp - "$TMPDIR/want" && [ $(wc -c <"$TMPDIR/want") -gt 2000000 ] && rm "$TMPDIR/want"`,
			exitOK, "", "fill\n"},
		{"no room for all of it", report + ` >"$TMPDIR/want" && TMPDIR="$DISK" ` + report + ` | cmp - "$TMPDIR/want" && rm "$TMPDIR/want"`, exitOK, "", ""},
		{"file", `echo old >"$DISK/out"; ` + report + ` -o "$DISK/out"; code=$?; [ "$(cat "$DISK/out")" = old ] && (exit $code)`,
			exitFailed, "/out: cannot be written: no space left on device (the file is as it was)", "out\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { diskTest(t, newSite(t), tt.script, tt.code, tt.text, tt.left) })
	}
}
