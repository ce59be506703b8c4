//! A pair of axes from 0, and where values lie on them.

use super::svg::Svg;

/// The area that values are drawn in.
pub struct Axes {
    /// Top left corner.
    pub origin: [f64; 2],
    /// Width and height.
    pub size: [f64; 2],
    /// The values at the right end and at the top.
    pub max: [f64; 2],
}

impl Axes {
    /// The place of a value.
    pub fn place(&self, x: f64, y: f64) -> [f64; 2] {
        [
            self.origin[0] + self.size[0] * x / self.max[0],
            self.origin[1] + self.size[1] * (1.0 - y / self.max[1]),
        ]
    }

    /// Draws grid lines, each with its value, every `step` of both axes.
    pub fn draw(&self, svg: &mut Svg, step: [f64; 2], label: [&dyn Fn(f64) -> String; 2]) {
        for value in ticks(self.max[0], step[0]) {
            let [x, bottom] = self.place(value, 0.0);
            svg.line([x, bottom], [x, self.origin[1]], "grid");
            svg.text([x, bottom + 18.0], "small middle", &label[0](value));
        }
        for value in ticks(self.max[1], step[1]) {
            let [left, y] = self.place(0.0, value);
            svg.line([left, y], [left + self.size[0], y], "grid");
            svg.text([left - 8.0, y + 4.0], "small end", &label[1](value));
        }
        let corner = self.place(0.0, 0.0);
        svg.line(corner, self.place(self.max[0], 0.0), "axis");
        svg.line(corner, self.place(0.0, self.max[1]), "axis");
    }
}

fn ticks(max: f64, step: f64) -> impl Iterator<Item = f64> {
    (0..=(max / step + 1e-9) as usize).map(move |i| i as f64 * step)
}
