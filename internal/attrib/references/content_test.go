package references

import (
	"encoding/binary"
	"strings"
	"testing"
)

func TestContentName(t *testing.T) {
	long := strings.Repeat("0123456789", 110)
	var numbers []byte
	for i := range uint32(300) {
		numbers = binary.LittleEndian.AppendUint32(numbers, i*i)
	}
	for _, tt := range []struct{ name, head, want string }{
		{"text", long, `"0123456789012345678901234567890123456789…"`},
		{"spaces", strings.Repeat(" \n", 600), ""},
		{"little text in space", "a" + strings.Repeat("\n", 1100), `"a…"`},
		{"lines", "{\n\t\"key\": [1,\r\n 2]\n}" + long, `"{ "key": [1, 2] }01234567890123456789012…"`},
		{"byte order mark", "\ufeffabc" + long, `"abc0123456789012345678901234567890123456…"`},
		{"wide", strings.Repeat("日本語", 200), `"` + strings.Repeat("日本語", 13) + `日…"`},
		{"escapes", "\x1b[31mred\x1b[0m ::error::x" + long, `"[31mred [0m ::error::x012345678901234567…"`},
		{"turned", "a\u202eb" + long, `"a b0123456789012345678901234567890123456…"`},
		{"cut in a character", strings.Repeat("x", minConstant-1) + "\xe6", `"` + strings.Repeat("x", 40) + `…"`},
		{"numbers", string(numbers), ""},
		{"zeros", strings.Repeat("\x00", 1100), ""},
		{"C strings", strings.Repeat("ab\x00", 400), ""},
		{"no UTF-8", strings.Repeat("abc\xff", 300), ""},
		{"gzip", "\x1f\x8b\x08\x00" + long, "gzip data"},
		{"PNG", "\x89PNG\r\n\x1a\n" + long, "PNG image"},
		{"zip", "PK\x03\x04" + long, "zip archive"},
		{"ELF", "\x7fELF\x02" + long, "ELF file"},
		{"PDF", "%PDF-1.7\n" + long, "PDF document"},
		{"nothing", "", ""},
	} {
		head := tt.head[:min(len(tt.head), minConstant)]
		if got := contentName([]byte(head), len(tt.head) > minConstant || tt.name == "cut in a character"); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
