//! The confusion matrix.

use anyhow::Result;

use super::bitmap::{Align, Bitmap, Colour, LETTER};
use super::svg::Svg;
use crate::eval::Evaluation;

const CELL: f64 = 64.0;
const LEFT: f64 = 120.0;
const TOP: f64 = 52.0;

/// A row for each true label with counts and their shares of the row, which give the colour, and
/// the recall at the right. A clip without speech found lowers the recall and is in no cell.
pub fn draw(e: &Evaluation) -> String {
    let side = CELL * e.labels.len() as f64;
    let mut svg = Svg::new(LEFT + side + 100.0, TOP + side + 66.0, "Confusion matrix");
    let recall_x = LEFT + side + 46.0;
    svg.text([recall_x, TOP - 10.0], "small middle", "recall");
    for (row, (label, counts)) in e.labels.iter().zip(e.confusion.counts()).enumerate() {
        let y = TOP + CELL * row as f64;
        let clips = counts.iter().sum::<usize>() as f64;
        svg.text([LEFT - 10.0, y + CELL / 2.0 + 4.0], "end", label);
        for (column, &count) in counts.iter().enumerate() {
            let x = LEFT + CELL * column as f64;
            let share = count as f64 / clips.max(1.0);
            let fill = hex(shade(share));
            svg.rect([x + 1.0, y + 1.0], [CELL - 2.0; 2], "cell", &fill);
            let ink = if share > 0.6 { "#ffffff" } else { "#1f2933" };
            let middle = x + CELL / 2.0;
            svg.coloured([middle, y + CELL / 2.0], "", ink, &count.to_string());
            let percent = format!("{:.0}%", 100.0 * share);
            svg.coloured([middle, y + CELL / 2.0 + 17.0], "small", ink, &percent);
        }
        if let Some(recall) = e.recall.get(label) {
            let words = format!("{:.1}%", 100.0 * recall);
            svg.text([recall_x, y + CELL / 2.0 + 4.0], "middle", &words);
        }
    }
    for (column, label) in e.labels.iter().enumerate() {
        let x = LEFT + CELL * (column as f64 + 0.5);
        svg.text([x, TOP + side + 20.0], "middle", label);
    }
    let caption = [LEFT + side / 2.0, TOP + side + 48.0];
    svg.text(caption, "middle", "recognised as");
    svg.upwards([30.0, TOP + side / 2.0], "acted emotion");
    svg.finish()
}

/// The confusion matrix as a PNG.
///
/// # Errors
/// Where there are too many labels for one.
pub fn png(e: &Evaluation) -> Result<Vec<u8>> {
    const INK: Colour = [31, 41, 51];
    const WHITE: Colour = [255; 3];
    let longest = e.labels.iter().map(|label| label.chars().count()).max();
    let label_width = LETTER * longest.unwrap_or_default();
    let cell = (label_width + 10).max(48);
    let (left, top) = (label_width + 20, 56);
    let side = cell * e.labels.len();
    let middle = |place: usize| place * cell + cell / 2;
    let recall_x = left + side + 40;
    let mut picture = Bitmap::new(left + side + 80, top + side + 60);
    picture.text([10, 16], Align::Start, INK, "Confusion matrix");
    picture.text([recall_x, top - 12], Align::Middle, INK, "recall");
    picture.text([10, top - 12], Align::Start, INK, "truth");
    let caption = [left + side / 2, top + side + 44];
    picture.text(caption, Align::Middle, INK, "recognised as");
    for (row, (label, counts)) in e.labels.iter().zip(e.confusion.counts()).enumerate() {
        let y = top + middle(row);
        picture.text([left - 10, y], Align::End, INK, label);
        let below = [left + middle(row), top + side + 16];
        picture.text(below, Align::Middle, INK, label);
        let clips = counts.iter().sum::<usize>() as f64;
        for (column, &count) in counts.iter().enumerate() {
            let share = count as f64 / clips.max(1.0);
            let corner = [left + cell * column + 1, top + cell * row + 1];
            picture.rect(corner, [cell - 2; 2], shade(share));
            let ink = if share > 0.6 { WHITE } else { INK };
            let x = left + middle(column);
            picture.text([x, y - 6], Align::Middle, ink, &count.to_string());
            let percent = format!("{:.0}%", 100.0 * share);
            picture.text([x, y + 8], Align::Middle, ink, &percent);
        }
        if let Some(recall) = e.recall.get(label) {
            let words = format!("{:.1}%", 100.0 * recall);
            picture.text([recall_x, y], Align::Middle, INK, &words);
        }
    }
    picture.png()
}

/// From near white to dark blue, in even steps of lightness.
fn shade(share: f64) -> Colour {
    let share = share.clamp(0.0, 1.0);
    let mix = |light: f64, dark: f64| (light + (dark - light) * share).round() as u8;
    [mix(243.0, 20.0), mix(247.0, 66.0), mix(252.0, 130.0)]
}

fn hex([red, green, blue]: Colour) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}
