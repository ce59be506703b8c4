//! The risk-coverage curve.

use super::svg::{Axes, BLUE, ORANGE, Svg};
use crate::eval::{Accepted, Evaluation};

/// Error among the clips that get an answer against their share, the surest first.
pub fn draw(e: &Evaluation) -> String {
    let mut svg = Svg::new(600.0, 440.0, "Error against coverage");
    let full = 1.0 - e.accuracy;
    let highest = e.selective.curve.iter().map(|p| p.1).fold(full, f64::max);
    // Room for the legend above the curve.
    let max = ((highest / 0.7 * 10.0).ceil() / 10.0).clamp(0.1, 1.0);
    let axes = Axes {
        origin: [72.0, 52.0],
        size: [490.0, 320.0],
        max: [1.0, max],
    };
    let percent = |value: f64| format!("{:.0}%", 100.0 * value);
    let tenth = |value: f64| format!("{value:.1}");
    axes.draw(&mut svg, [0.25, 0.1], [&percent, &tenth]);
    svg.upwards([26.0, 212.0], "error among answered clips");
    let caption = "share of clips answered, the surest first";
    svg.text([317.0, 418.0], "middle", caption);

    if e.clips > 0 {
        svg.line(axes.place(0.0, full), axes.place(1.0, full), "dashed");
    }
    let curve = e.selective.curve.iter();
    let points = curve.map(|&(coverage, error)| axes.place(coverage, error));
    svg.path(&points.collect::<Vec<_>>(), BLUE, 2.5);

    svg.line([84.0, 70.0], [100.0, 70.0], "dashed");
    svg.text([108.0, 74.0], "", &format!("all clips: error {full:.3}"));
    // The ring first: a dot at the same place lies in it.
    for (y, colour, what, accepted) in [
        (118.0, ORANGE, "the model's threshold,", &e.selective.at_own),
        (96.0, BLUE, "the surest", &e.selective.at_threshold),
    ] {
        let full = colour == BLUE;
        svg.dot([92.0, y - 4.0], colour, full);
        svg.text([108.0, y], "", &words(what, accepted));
        if let Some(error) = accepted.error {
            svg.dot(axes.place(accepted.coverage, error), colour, full);
        }
    }
    svg.finish()
}

fn words(what: &str, accepted: &Accepted) -> String {
    let coverage = format!("{what} {:.1}%", 100.0 * accepted.coverage);
    match (accepted.error, accepted.relative_fall) {
        (Some(error), Some(fall)) => {
            format!("{coverage}: error {error:.3}, {:.0}% lower", 100.0 * fall)
        }
        (Some(error), None) => format!("{coverage}: error {error:.3}"),
        (None, _) => coverage,
    }
}
