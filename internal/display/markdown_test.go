package display

import "testing"

func TestMarkdownText(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"", "<code></code>"},
		{"net/http", "<code>net/http</code>"},
		{"example.com/a-b (v1)", "<code>example.com/a-b (v1)</code>"},
		{"core::fmt", "<code>core&#58;&#58;fmt</code>"},
		{"F[go.shape.int]", "<code>F&#91;go.shape.int&#93;</code>"},
		{"a|b", "<code>a&#124;b</code>"},
		{"</code><script>", "<code>&#60;/code&#62;&#60;script&#62;</code>"},
		{"&lt;", "<code>&#38;lt&#59;</code>"},
		{"`a` *b* _c_ ~d~ $e$ !f", "<code>&#96;a&#96; &#42;b&#42; &#95;c&#95; &#126;d&#126; &#36;e&#36; &#33;f</code>"},
		{"@me #1", "<code>&#64;me &#35;1</code>"},
		{"https://x.y WWW.x.y", "<code>https&#58;//x.y WWW&#46;x.y</code>"},
		{"a\nb", "<code>a&#92;x0ab</code>"},
		{"漢字", "<code>漢字</code>"},
	} {
		if got := MarkdownCode(test.in); got != test.want {
			t.Errorf("%q: %q, want %q", test.in, got, test.want)
		}
	}
}

func TestProse(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"", ""},
		{"stripped is 12,345,678 B (12.3 MB), +1.5% over; max-increase?", "stripped is 12,345,678 B (12.3 MB), +1.5% over; max-increase?"},
		{"ask @me (see #12), please", "ask <code>&#64;me</code> (see <code>&#35;12</code>), please"},
		{"at https://x.y/z.", "at <code>https&#58;//x.y/z</code>."},
		{"über größer", "über größer"},
		{"a|b <b>", "<code>a&#124;b</code> <code>&#60;b&#62;</code>"},
		{"GH-12 x_y *a*", "<code>GH-12</code> <code>x&#95;y</code> <code>&#42;a&#42;</code>"},
		{"www.x.y", "<code>www&#46;x.y</code>"},
		{"a  b", "a b"},
	} {
		if got := MarkdownProse(test.in); got != test.want {
			t.Errorf("%q: %q, want %q", test.in, got, test.want)
		}
	}
}

func TestFenced(t *testing.T) {
	for _, tt := range []struct{ code, want string }{
		{"a", "```\na\n```"},
		{"a\nb\n", "```\na\nb\n```"},
		{"```\nx", "````\n```\nx\n````"},
		{"``````", "```````\n``````\n```````"},
		{"::error::x", "```\n\\x3a:error::x\n```"},
	} {
		if got := MarkdownFence(tt.code); got != tt.want {
			t.Errorf("%q: %q", tt.code, got)
		}
	}
}
