package page

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html"
	"slices"
	"strings"
)

//go:embed assets
var assets embed.FS

// scripts are the files of the page's script. Functions of one may call those of
// another; only the last one does something by itself.
var scripts = []string{"format.js", "data.js", "tree.js", "contents.js", "fragment.js", "search.js", "layout.js", "map.js", "table.js", "legend.js", "sum.js", "main.js"}

const library = "third_party/d3-hierarchy/"

// asset is the text of an embedded file.
func asset(name string) string {
	text, err := assets.ReadFile("assets/" + name)
	if err != nil {
		panic(err) // a name in this file is wrong
	}
	return string(text)
}

// script is the whole script. The library's licence wants its text in every copy.
func script() string {
	var out strings.Builder
	out.WriteString("/*\n" + asset(library+"LICENSE") + "*/\n" + asset(library+"d3-hierarchy.min.js") + "\n(() => {\n\"use strict\";\n")
	for _, name := range scripts {
		out.WriteString(asset(name))
	}
	out.WriteString("})();\n")
	return out.String()
}

// assemble is the page. title is text, data base64.
func assemble(title string, data []byte) []byte {
	style, script := asset("page.css"), script()
	// The template is cut first: a title can hold any mark.
	head, tail, _ := strings.Cut(asset("page.html"), "{{data}}")
	fill := strings.NewReplacer(
		"{{policy}}", "default-src 'none'; script-src "+source(script)+"; style-src "+source(style)+"; base-uri 'none'; form-action 'none'",
		"{{title}}", strings.ReplaceAll(html.EscapeString(shorten(title)), "##[", "&#35;#["), // no command in a log of GitHub Actions
		"{{style}}", style,
		"{{script}}", script,
	)
	return slices.Concat([]byte(fill.Replace(head)), data, []byte(fill.Replace(tail)))
}

// shorten cuts what is too long for a line.
func shorten(s string) string {
	const longest = 200
	n := 0
	for i := range s {
		if n++; n > longest {
			return s[:i] + "…"
		}
	}
	return s
}

// source is the text as a content security policy allows it.
func source(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
