//! The few shapes that the pictures are made of.

use std::fmt;

/// Measured values.
pub const BLUE: &str = "#2b6cb0";
/// Reference values.
pub const ORANGE: &str = "#c05621";

const STYLE: &str = "\
text { font: 13px system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; fill: #1f2933 }
.title { font-size: 15px; font-weight: 600 }
.small { font-size: 11px; fill: #52606d }
.middle { text-anchor: middle }
.end { text-anchor: end }
.grid { stroke: #e4e7eb; stroke-width: 1 }
.axis { stroke: #52606d; stroke-width: 1 }
.dashed { stroke: #7b8794; stroke-width: 1.5; stroke-dasharray: 5 4 }
";

/// A picture as it is drawn.
pub struct Svg {
    text: String,
}

impl Svg {
    /// An empty picture on a white ground, with a title above.
    pub fn new(width: f64, height: f64, title: &str) -> Svg {
        let title = escape(title);
        let text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"{title}\">\n\
             <style>\n{STYLE}</style>\n\
             <rect x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"8\" fill=\"#ffffff\" stroke=\"#cbd2d9\"/>\n\
             <text class=\"title\" x=\"20\" y=\"30\">{title}</text>\n",
            width - 1.0,
            height - 1.0,
        );
        Svg { text }
    }

    fn add(&mut self, element: fmt::Arguments) {
        self.text += &format!("{element}\n");
    }

    /// Words at a place; `class` sets their size and which of their ends is there.
    pub fn text(&mut self, [x, y]: [f64; 2], class: &str, words: &str) {
        self.add(format_args!(
            "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>",
            escape(words)
        ));
    }

    /// Words in a colour, in the middle of a place.
    pub fn coloured(&mut self, [x, y]: [f64; 2], class: &str, colour: &str, words: &str) {
        self.add(format_args!(
            "<text class=\"middle {class}\" x=\"{x:.1}\" y=\"{y:.1}\" style=\"fill: {colour}\">{}</text>",
            escape(words)
        ));
    }

    /// Words that run upwards, in the middle of a place.
    pub fn upwards(&mut self, [x, y]: [f64; 2], words: &str) {
        self.add(format_args!(
            "<text class=\"middle\" transform=\"translate({x:.1} {y:.1}) rotate(-90)\">{}</text>",
            escape(words)
        ));
    }

    /// A filled rectangle by its top left corner and its size.
    pub fn rect(&mut self, [x, y]: [f64; 2], [width, height]: [f64; 2], class: &str, fill: &str) {
        self.add(format_args!(
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{fill}\"/>"
        ));
    }

    /// A straight line of a class that says its colour.
    pub fn line(&mut self, [x1, y1]: [f64; 2], [x2, y2]: [f64; 2], class: &str) {
        self.add(format_args!(
            "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
        ));
    }

    /// A line through points.
    pub fn path(&mut self, points: &[[f64; 2]], colour: &str, width: f64) {
        let points = points.iter().map(|[x, y]| format!("{x:.1},{y:.1}"));
        self.add(format_args!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\" stroke-linejoin=\"round\"/>",
            points.collect::<Vec<_>>().join(" ")
        ));
    }

    /// A dot, or a ring that a dot fits into.
    pub fn dot(&mut self, [x, y]: [f64; 2], colour: &str, full: bool) {
        let (radius, fill) = match full {
            true => (4.0, colour),
            false => (5.5, "#ffffff"),
        };
        self.add(format_args!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"{fill}\" stroke=\"{colour}\" stroke-width=\"2\"/>"
        ));
    }

    /// The whole picture.
    pub fn finish(mut self) -> String {
        self.text.push_str("</svg>\n");
        self.text
    }
}

/// A pair of axes from 0: the area that values are drawn in.
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

/// Words that SVG and HTML do not take for anything else.
pub fn escape(words: &str) -> String {
    words
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
