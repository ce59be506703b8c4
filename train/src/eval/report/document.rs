//! A report: tables, lines and pictures, which can be written as Markdown or as one HTML file.

use std::fmt::Write;

use super::table::Table;
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

/// A part of a report.
pub enum Block {
    /// A heading.
    Heading(String),
    /// A line of text.
    Line(String),
    /// A table.
    Table(Table),
    /// A picture in SVG, which only HTML shows.
    Picture(String),
}

/// The parts of a report, in their order.
pub struct Report(pub Vec<Block>);

impl Report {
    /// The report as Markdown, without its pictures. Each part ends with an empty line.
    pub fn markdown(&self) -> String {
        let blocks = self.0.iter().filter_map(|block| match block {
            Block::Heading(text) => Some(format!("## {text}\n\n")),
            Block::Line(text) => Some(format!("{text}\n\n")),
            Block::Table(table) => Some(table.markdown() + "\n"),
            Block::Picture(_) => None,
        });
        blocks.collect()
    }

    /// The report as one HTML file without any script, font or request.
    pub fn html(&self, title: &str) -> String {
        let title = escape(title);
        let mut text = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
        );
        for block in &self.0 {
            // Writing to a string cannot fail.
            let _ = match block {
                Block::Heading(words) => writeln!(text, "<h2>{}</h2>", escape(words)),
                Block::Line(words) => writeln!(text, "<p>{}</p>", escape(words)),
                Block::Table(table) => write!(text, "{}", html_table(table)),
                Block::Picture(svg) => writeln!(text, "<figure>\n{svg}</figure>"),
            };
        }
        text + "</main>\n</body>\n</html>\n"
    }
}

fn html_table(table: &Table) -> String {
    let mut text = String::from("<table>\n");
    for (index, row) in table.rows().iter().enumerate() {
        let tag = if index == 0 { "th" } else { "td" };
        let cell = |cell: &String| format!("<{tag}>{}</{tag}>", escape(cell));
        text += &format!("<tr>{}</tr>\n", row.iter().map(cell).collect::<String>());
    }
    text + "</table>\n"
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.
mod tests {
    use super::*;

    #[test]
    fn parts_become_elements_and_their_text_is_escaped() {
        let mut first = Table::new(["", "a <b> & c|d"]);
        first.row(["row", "0.5"]);
        let mut second = Table::new(["x"]);
        second.row(["y"]);
        let report = Report(vec![
            Block::Table(first),
            Block::Line("Area under \"it\": 0.1".into()),
            Block::Table(second),
            Block::Picture("<svg></svg>\n".into()),
        ]);
        let page = report.html("1 < 2");
        let body = page.split_once("<h1>").unwrap().1;
        let expected = "1 &lt; 2</h1>\n\
            <table>\n<tr><th></th><th>a &lt;b&gt; &amp; c|d</th></tr>\n<tr><td>row</td><td>0.5</td></tr>\n</table>\n\
            <p>Area under &quot;it&quot;: 0.1</p>\n\
            <table>\n<tr><th>x</th></tr>\n<tr><td>y</td></tr>\n</table>\n\
            <figure>\n<svg></svg>\n</figure>\n</main>\n</body>\n</html>\n";
        assert_eq!(body, expected);
        let text = report.markdown();
        assert!(text.contains("c\\|d |\n"), "{text}");
        assert!(!text.contains("svg"), "{text}");
    }
}
