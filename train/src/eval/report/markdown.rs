//! Tables that read well as they are and as Markdown.

use std::fmt::Write;

/// A table with a header; the first column is left-aligned, the rest right-aligned.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table of these columns.
    pub fn new(header: impl IntoIterator<Item = impl Into<String>>) -> Table {
        Table {
            rows: vec![header.into_iter().map(Into::into).collect()],
        }
    }

    /// Adds a row of as many cells.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) -> &mut Table {
        self.rows.push(cells.into_iter().map(Into::into).collect());
        self
    }

    /// Appends the table to `text`, with a blank line after it.
    pub fn render(&self, text: &mut String) {
        let columns = self.rows[0].len();
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for (index, row) in self.rows.iter().enumerate() {
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                // Writing to a string cannot fail.
                let _ = match column {
                    0 => write!(text, "| {cell:<width$} |"),
                    _ => write!(text, " {cell:>width$} |"),
                };
            }
            text.push('\n');
            if index == 0 {
                for (column, width) in widths.iter().enumerate() {
                    let _ = match column {
                        0 => write!(text, "|{:-<1$}|", "", width + 2),
                        _ => write!(text, "{:-<1$}:|", "", width + 1),
                    };
                }
                text.push('\n');
            }
        }
        text.push('\n');
    }
}

/// A figure with three decimals.
pub fn figure(value: f64) -> String {
    format!("{value:.3}")
}

/// A figure that may be missing.
pub fn maybe(value: Option<f64>) -> String {
    value.map_or_else(|| "-".into(), figure)
}

/// A share in percent.
pub fn percent(value: f64) -> String {
    format!("{:.1}%", 100.0 * value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let mut text = String::new();
        Table::new(["", "UAR"])
            .row(["fold 1", "0.5"])
            .row(["mean ±", "0.625"])
            .render(&mut text);
        let expected = "\
|        |   UAR |
|--------|------:|
| fold 1 |   0.5 |
| mean ± | 0.625 |

";
        assert_eq!(text, expected);
    }
}
