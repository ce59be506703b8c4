//! The reliability diagram (DeGroot & Fienberg 1983).

use super::svg::{Axes, BLUE, ORANGE, Svg};
use crate::eval::{Bin, Evaluation};

/// Accuracy against confidence, before and after the temperature, over a
/// histogram of how sure the answers are.
pub fn draw(e: &Evaluation) -> String {
    let mut svg = Svg::new(520.0, 600.0, "Reliability");
    let axes = Axes {
        origin: [72.0, 56.0],
        size: [410.0, 360.0],
        max: [1.0, 1.0],
    };
    let tenth = |value: f64| format!("{value:.1}");
    axes.draw(&mut svg, [0.2, 0.2], [&tenth, &tenth]);
    svg.upwards([26.0, 236.0], "share named rightly");

    bars(&mut svg, &axes, e, |bin| bin.accuracy, "bar", "#a9c8e8");
    svg.line(axes.place(0.0, 0.0), axes.place(1.0, 1.0), "dashed");
    for (bins, colour) in [
        (&e.reliability_uncalibrated, ORANGE),
        (&e.reliability, BLUE),
    ] {
        let points: Vec<[f64; 2]> = filled(bins)
            .map(|(_, bin)| axes.place(bin.confidence, bin.accuracy))
            .collect();
        svg.path(&points, colour, 2.0);
        for point in points {
            svg.dot(point, colour, colour == BLUE);
        }
    }
    legend(&mut svg, e);
    histogram(&mut svg, e);
    svg.finish()
}

fn legend(svg: &mut Svg, e: &Evaluation) {
    for (y, colour, name, ece) in [
        (78.0, BLUE, "calibrated", e.ece),
        (100.0, ORANGE, "at temperature 1", e.ece_uncalibrated),
    ] {
        svg.dot([92.0, y - 4.0], colour, colour == BLUE);
        svg.text([104.0, y], "", &format!("{name}: ECE {ece:.3}"));
    }
    svg.line([84.0, 118.0], [100.0, 118.0], "dashed");
    svg.text([104.0, 122.0], "", "perfect calibration");
}

fn histogram(svg: &mut Svg, e: &Evaluation) {
    let clips: usize = e.reliability.iter().map(|bin| bin.clips).sum();
    let share = |bin: &Bin| bin.clips as f64 / clips.max(1) as f64;
    let highest = e.reliability.iter().map(share).fold(0.0, f64::max);
    // Whole tenths, so that the axis has two labels.
    let max = ((highest * 10.0).ceil() / 10.0).max(0.1);
    let axes = Axes {
        origin: [72.0, 452.0],
        size: [410.0, 80.0],
        max: [1.0, max],
    };
    let tenth = |value: f64| format!("{value:.1}");
    let percent = |value: f64| format!("{:.0}%", 100.0 * value);
    axes.draw(svg, [0.2, max], [&tenth, &percent]);
    bars(svg, &axes, e, share, "", "#7b8794");
    svg.upwards([26.0, 492.0], "clips");
    let caption = "probability of the likeliest emotion";
    svg.text([277.0, 576.0], "middle", caption);
}

/// A bar of some height for each bin with clips.
fn bars(
    svg: &mut Svg,
    axes: &Axes,
    e: &Evaluation,
    height: impl Fn(&Bin) -> f64,
    class: &str,
    fill: &str,
) {
    let width = 1.0 / e.reliability.len() as f64;
    for (index, bin) in filled(&e.reliability) {
        let [left, top] = axes.place(width * index as f64, height(bin));
        let [right, bottom] = axes.place(width * (index + 1) as f64, 0.0);
        let size = [right - left - 2.0, bottom - top];
        svg.rect([left + 1.0, top], size, class, fill);
    }
}

fn filled(bins: &[Bin]) -> impl Iterator<Item = (usize, &Bin)> {
    bins.iter().enumerate().filter(|(_, bin)| bin.clips > 0)
}
