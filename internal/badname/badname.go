// Package badname has, for tests, the names that mean something to whatever reads
// what is printed: a terminal, a spreadsheet, Markdown, HTML, YAML, JSON, a shell,
// or GitHub. A stranger's file can have any of them for a symbol, a package, a
// section or a path.
package badname

import "strings"

// All is the names, each once, a new slice for each call. Some are empty, no UTF-8,
// or of 100,000 bytes.
func All() []string {
	return []string{
		// Lines and terminals.
		"two\nlines", "three\r\nlines\r", "\x1b[2J\x1b]0;title\x07", "\u009b2J", "del\x7f", "\b\b\bback", "\v\f", "next\u0085line", "line\u2028paragraph\u2029",
		"\x1b]8;;https://example.com\x1b\\link\x1b]8;;\x1b\\", strings.Repeat("\x1b[31m", 20_000),
		// Characters that are not seen, or turn and cover others.
		"\u202eright to left", "\u2066isolated", "zero\u200bwidth", "\ufeffmark", "soft\u00adhyphen", "e\u0301\u0301\u0301", "tag\U000e0041", "漢字の関数", "\U0001f4a9",
		"\xff\xfe", "caf\xe9", "\xed\xa0\x80 surrogate", "\xc0\xaf overlong", "\ufffd",
		// GitHub's commands, mentions and references.
		"::error::x", "   ::error::behind spaces", "\r\n::error::in the middle", "::error file=a,line=1,title=b::c", "##[error]x", "a##[group]b", "###[error]",
		"::set-output name=x::y", "::add-mask::e", "::stop-commands::x", "%0A::error::x", "%25%0D%0A", "a:b,c=d", "@octocat", "#1", "GH-1", "owner/repo#1", ":tada:", "EOF",
		// Spreadsheets.
		"=cmd()", `=HYPERLINK("https://example.com","x")`, "+1+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1", "\u00a0=1", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20SUM(A1)", "a;=1", "a; \uff1d1", ";-1", `"quoted", with comma`, `"=1"`, "a;b\tc", "'=1",
		// Markdown and HTML.
		"|a|b|", "a\\|b", "<script>alert(1)</script>", "</code></summary></details>", "<!-- ", "&lt;b&gt;", "&#60;b&#62;", "`code`", "``` x", "**bold** _x_ ~~y~~",
		"[text](https://example.com)", "![image](https://example.com/x.png)", "[ref]: https://example.com", "https://example.com", "www.example.com", "a@example.com", "# heading", "---", "- item", "1. item", "    code", "$x$", "<https://example.com>", "\" onmouseover=\"alert(1)", "javascript:alert(1)",
		// YAML, formats and shells.
		"- a: &b *b", "!!python/object", "null", "~", "{}", "%s%d%n", "$(touch x)", "`touch x`", "a;b", "a && b", "--output=x", "-o", "../../x", "*", "?",
		// What tables say themselves.
		"total: x", "total", "[padding]", "[unattributed]", "[headers]", "", " ",
		// Length.
		strings.Repeat("long", 25_000), strings.Repeat("_", 100_000), strings.Repeat("漢", 30_000), "_R" + strings.Repeat("INv", 30_000), "_Z" + strings.Repeat("P", 100_000) + "i",
	}
}
