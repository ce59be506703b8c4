//! Tables of a report.

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

    /// The header and the rows.
    pub fn rows(&self) -> &[Vec<String>] {
        &self.rows
    }

    /// The table as Markdown with aligned columns.
    pub fn markdown(&self) -> String {
        let escape = |cell: &String| cell.replace('|', "\\|").replace(['\r', '\n'], " ");
        let rows = self.rows.iter().map(|row| row.iter().map(escape).collect());
        let rows: Vec<Vec<String>> = rows.collect();
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
        let mut text = String::new();
        for (index, row) in rows.iter().enumerate() {
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                text += &match column {
                    0 => format!("| {cell:<width$} |"),
                    _ => format!(" {cell:>width$} |"),
                };
            }
            text.push('\n');
            if index == 0 {
                for (column, width) in widths.iter().enumerate() {
                    text += &match column {
                        0 => format!("|{:-<1$}|", "", width + 2),
                        _ => format!("{:-<1$}:|", "", width + 1),
                    };
                }
                text.push('\n');
            }
        }
        text
    }
}

/// A value with three decimals.
pub fn decimal(value: f64) -> String {
    format!("{value:.3}")
}

/// A value with three decimals, or a dash.
pub fn maybe(value: Option<f64>) -> String {
    value.map_or_else(|| "-".into(), decimal)
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
        let mut table = Table::new(["", "UAR"]);
        table.row(["fold 1", "0.5"]).row(["mean ±", "0.625"]);
        let expected = "\
|        |   UAR |
|--------|------:|
| fold 1 |   0.5 |
| mean ± | 0.625 |
";
        assert_eq!(table.markdown(), expected);
    }

    #[test]
    fn a_label_cannot_break_a_table() {
        let mut table = Table::new(["a|b", "x"]);
        table.row(["c\nd", "1|2"]);
        let text = table.markdown();
        let expected = "| a\\|b |    x |\n|------|-----:|\n| c d  | 1\\|2 |\n";
        assert_eq!(text, expected);
    }
}
