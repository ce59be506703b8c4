//! Reports as one HTML file that needs nothing beside it: no script, no font, no request.

use std::fmt::Write;

use crate::eval::pictures::escape;

const STYLE: &str = "\
body { font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', sans-serif; color: #1f2933; background: #f5f7fa; margin: 0 }
main { max-width: 72rem; margin: 0 auto; padding: 1.5rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem }
table { border-collapse: collapse; margin: 1rem 0; background: #ffffff; font-variant-numeric: tabular-nums }
th, td { border: 1px solid #cbd2d9; padding: 0.25rem 0.6rem; text-align: right }
th { background: #e4e7eb } th:first-child, td:first-child { text-align: left }
figure { margin: 1rem 0; overflow-x: auto } figure svg { max-width: 100%; height: auto }
";

/// A page as it is written.
pub struct Page {
    text: String,
}

impl Page {
    /// An empty page under a title.
    pub fn new(title: &str) -> Page {
        let title = escape(title);
        let text = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
        );
        Page { text }
    }

    /// A heading.
    pub fn heading(&mut self, words: &str) -> &mut Page {
        let _ = writeln!(self.text, "<h2>{}</h2>", escape(words));
        self
    }

    /// Tables and lines as the other reports print them: Markdown as [`super::markdown`] renders it.
    pub fn markdown(&mut self, text: &str) -> &mut Page {
        let mut rows: Vec<Vec<&str>> = Vec::new();
        for line in text.lines().chain([""]) {
            match line
                .strip_prefix('|')
                .and_then(|line| line.strip_suffix('|'))
            {
                Some(row) => rows.push(row.split('|').map(str::trim).collect()),
                None => {
                    self.table(&std::mem::take(&mut rows));
                    if !line.is_empty() {
                        // Writing to a string cannot fail, here and below.
                        let _ = writeln!(self.text, "<p>{}</p>", escape(line));
                    }
                }
            }
        }
        self
    }

    /// A header, the line under it, and rows.
    fn table(&mut self, rows: &[Vec<&str>]) {
        let [header, _, rows @ ..] = rows else {
            return;
        };
        self.text.push_str("<table>\n");
        self.row(header, "th");
        for row in rows {
            self.row(row, "td");
        }
        self.text.push_str("</table>\n");
    }

    fn row(&mut self, cells: &[&str], tag: &str) {
        self.text.push_str("<tr>");
        for cell in cells {
            let _ = write!(self.text, "<{tag}>{}</{tag}>", escape(cell));
        }
        self.text.push_str("</tr>\n");
    }

    /// A picture, which becomes part of the page.
    pub fn picture(&mut self, svg: &str) -> &mut Page {
        let _ = writeln!(self.text, "<figure>\n{svg}</figure>");
        self
    }

    /// The whole page.
    pub fn finish(&self) -> String {
        format!("{}</main>\n</body>\n</html>\n", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::super::markdown::Table;
    use super::*;

    #[test]
    fn tables_and_lines_become_elements_and_nothing_else_does() {
        let mut text = String::new();
        Table::new(["", "a <b> & c"])
            .row(["row", "0.5"])
            .render(&mut text);
        text += "Area under \"it\": 0.1\n\n";
        Table::new(["x"]).row(["y"]).render(&mut text);
        let page = Page::new("1 < 2")
            .markdown(&text)
            .picture("<svg></svg>\n")
            .finish();
        let body = page.split_once("<h1>").unwrap().1;
        let expected = "1 &lt; 2</h1>\n\
            <table>\n<tr><th></th><th>a &lt;b&gt; &amp; c</th></tr>\n<tr><td>row</td><td>0.5</td></tr>\n</table>\n\
            <p>Area under &quot;it&quot;: 0.1</p>\n\
            <table>\n<tr><th>x</th></tr>\n<tr><td>y</td></tr>\n</table>\n\
            <figure>\n<svg></svg>\n</figure>\n</main>\n</body>\n</html>\n";
        assert_eq!(body, expected);
    }
}
