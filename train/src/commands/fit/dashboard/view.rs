//! The contents of the dashboard, independent of any terminal.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Style, Stylize};
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Axis, Block, Chart, Dataset, Gauge, GraphType, Paragraph};

use crate::eval::confusion::Confusion;
use crate::learn::fit::{Event, LogEntry};
use crate::learn::trainer::Progress;

/// The state that is drawn.
#[derive(Default)]
pub struct View {
    title: String,
    labels: Vec<String>,
    epochs: usize,
    /// Progress of the current epoch.
    progress: Option<Progress>,
    evaluating: bool,
    seconds: f64,
    loss: Vec<(f64, f64)>,
    accuracy: Vec<(f64, f64)>,
    uar: Vec<(f64, f64)>,
    held_out_uar: Vec<(f64, f64)>,
    confusion: Option<Confusion>,
    held_out_confusion: Option<Confusion>,
}

impl View {
    /// Before any event.
    pub fn new(title: String) -> View {
        View {
            title,
            epochs: 1,
            ..View::default()
        }
    }

    /// Updates the state by an event.
    pub fn update(&mut self, event: &Event) {
        match event {
            Event::Started {
                labels,
                epochs,
                done,
                recordings,
                held_out,
            } => {
                self.title += &format!("   {recordings} recordings, {held_out} held out");
                self.labels = labels.to_vec();
                self.epochs = *epochs;
                done.iter().for_each(|entry| self.add(entry));
            }
            Event::Step(progress) => {
                self.confusion = Some(progress.confusion.clone());
                self.progress = Some(progress.clone());
            }
            Event::Evaluating => self.evaluating = true,
            Event::Epoch {
                entry,
                held_out_confusion,
                ..
            } => {
                self.evaluating = false;
                self.add(entry);
                if let Some(confusion) = held_out_confusion {
                    self.held_out_confusion = Some(confusion.clone());
                }
            }
            Event::Finished { .. } | Event::Failed { .. } => {}
        }
    }

    fn add(&mut self, entry: &LogEntry) {
        let epoch = entry.epoch as f64;
        self.seconds = entry.seconds;
        self.loss.push((epoch, entry.loss));
        self.accuracy.push((epoch, entry.accuracy));
        self.uar.push((epoch, entry.uar));
        if let Some(uar) = entry.held_out_uar {
            self.held_out_uar.push((epoch, uar));
        }
    }

    /// Draws the state.
    pub fn draw(&self, frame: &mut Frame) {
        let matrix_height = self.labels.len() as u16 + 3;
        let [title, gauge, body, keys] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Length(1),
            Constraint::Min(matrix_height),
            Constraint::Length(1),
        ])
        .areas(frame.area());
        frame.render_widget(Line::from(self.title.as_str()).bold(), title);
        self.draw_gauge(frame, gauge);
        let matrix_width = (14 + 5 * self.labels.len() as u16).max(46);
        let [charts, matrix] =
            Layout::horizontal([Constraint::Min(30), Constraint::Length(matrix_width)]).areas(body);
        let [loss, shares] =
            Layout::vertical([Constraint::Fill(2), Constraint::Fill(3)]).areas(charts);
        self.draw_loss(frame, loss);
        self.draw_shares(frame, shares);
        self.draw_confusion(frame, matrix);
        frame.render_widget(
            Line::from("q or Ctrl-C saves and stops; the same command resumes").dim(),
            keys,
        );
    }

    fn draw_gauge(&self, frame: &mut Frame, area: Rect) {
        let (epoch, within) = self.progress.as_ref().map_or((1, 0.0), |progress| {
            (progress.epoch, progress.step as f64 / progress.steps as f64)
        });
        let done = ((epoch - 1) as f64 + within) / self.epochs as f64;
        let mut label = format!("epoch {epoch}/{}", self.epochs);
        if let Some(&(ended, _)) = self.loss.last() {
            let an_epoch = self.seconds / ended;
            let left = an_epoch * (self.epochs as f64 - (epoch - 1) as f64 - within);
            label += &format!("   {an_epoch:.1} s an epoch, about {} left", duration(left));
        }
        if self.evaluating {
            label += "   evaluating on the held-out recordings";
        }
        let gauge = Gauge::default()
            .gauge_style(Style::new().fg(Color::Cyan).bg(Color::DarkGray))
            .ratio(done.clamp(0.0, 1.0))
            .label(label);
        frame.render_widget(gauge, area);
    }

    fn draw_loss(&self, frame: &mut Frame, area: Rect) {
        let top = self.loss.iter().map(|point| point.1).fold(0.1, f64::max);
        let loss = self.loss.last();
        let title = loss.map_or_else(|| "loss".into(), |(_, loss)| format!("loss {loss:.3}"));
        let lines = vec![line(Color::Yellow, &self.loss)];
        let title = title.fg(Color::Yellow).into();
        self.draw_chart(frame, area, title, lines, top * 1.05);
    }

    fn draw_shares(&self, frame: &mut Frame, area: Rect) {
        let last = |points: &[(f64, f64)]| points.last().map_or(0.0, |point| point.1);
        // The title is the legend.
        let mut title = Vec::new();
        let mut lines = Vec::new();
        for (name, color, points) in [
            ("accuracy", Color::Blue, &self.accuracy),
            ("UAR", Color::Green, &self.uar),
            ("held-out UAR", Color::Magenta, &self.held_out_uar),
        ] {
            if name != "held-out UAR" || !points.is_empty() {
                title.push(format!("{name} {:.3}   ", last(points)).fg(color));
                lines.push(line(color, points));
            }
        }
        self.draw_chart(frame, area, title.into(), lines, 1.0);
    }

    fn draw_chart(
        &self,
        frame: &mut Frame,
        area: Rect,
        title: Line,
        lines: Vec<Dataset>,
        top: f64,
    ) {
        let axis = |from: f64, to: f64, last: String| {
            let labels = [format!("{from:.0}"), last];
            Axis::default().bounds([from, to]).labels(labels)
        };
        let epochs = self.epochs.max(2) as f64;
        let chart = Chart::new(lines)
            .block(Block::bordered().title(title))
            .x_axis(axis(1.0, epochs, self.epochs.to_string()))
            .y_axis(axis(0.0, top, format!("{top:.1}")));
        frame.render_widget(chart, area);
    }

    /// Rows in percent of the true label: of the held-out clips where there are any, else of the
    /// augmented windows of the epoch so far.
    fn draw_confusion(&self, frame: &mut Frame, area: Rect) {
        let (whose, confusion) = match (&self.held_out_confusion, &self.confusion) {
            (Some(confusion), _) => ("held out", confusion),
            (None, Some(confusion)) => ("augmented windows", confusion),
            (None, None) => return,
        };
        let mut head = format!("{:<12}", "");
        for label in &self.labels {
            head += &format!("{label:>4.3} ");
        }
        let mut rows = vec![Line::from(head).dim()];
        for (label, counts) in self.labels.iter().zip(confusion.counts()) {
            let total: usize = counts.iter().sum();
            let mut cells = vec![Span::raw(format!("{label:<12.11}"))];
            for &count in counts {
                let share = count as f64 / total.max(1) as f64;
                let text = match total {
                    0 => "   - ".to_owned(),
                    _ => format!("{:>4.0} ", 100.0 * share),
                };
                cells.push(Span::styled(text, shade(share)));
            }
            rows.push(Line::from(cells));
        }
        let title = format!("true label by answer, %, {whose}");
        let block = Block::bordered().title(title);
        frame.render_widget(Paragraph::new(rows).block(block), area);
    }
}

fn line(color: Color, points: &[(f64, f64)]) -> Dataset<'_> {
    Dataset::default()
        .marker(Marker::Braille)
        .graph_type(GraphType::Line)
        .style(Style::new().fg(color))
        .data(points)
}

/// Darker for more, from the greys of 256 colours, which every terminal has.
fn shade(share: f64) -> Style {
    let grey = 234 + (share.clamp(0.0, 1.0) * 20.0).round() as u8;
    let style = Style::new().bg(Color::Indexed(grey));
    if grey < 246 {
        style.white()
    } else {
        style.black()
    }
}

fn duration(seconds: f64) -> String {
    let minutes = (seconds / 60.0).ceil() as u64;
    match minutes {
        0..60 => format!("{minutes} min"),
        _ => format!("{} h {} min", minutes / 60, minutes % 60),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;

    fn entry(epoch: usize, held_out_uar: Option<f64>) -> LogEntry {
        LogEntry {
            epoch,
            loss: 2.0 / epoch as f64,
            accuracy: 0.25,
            uar: 0.2,
            held_out_uar,
            seconds: 6.0 * epoch as f64,
        }
    }

    fn picture(view: &View, width: u16, height: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| view.draw(frame)).unwrap();
        terminal.backend().to_string()
    }

    /// A view after its training started.
    fn started(labels: &[&str], done: Vec<LogEntry>) -> View {
        let mut view = View::new("emotion-cnn".into());
        view.update(&Event::Started {
            recordings: 12,
            held_out: 4,
            labels: labels.iter().map(|&label| label.to_owned()).collect(),
            epochs: 20,
            done,
        });
        view
    }

    fn step(confusion: Confusion) -> Event {
        Event::Step(Progress {
            epoch: 2,
            step: 1,
            steps: 2,
            loss: 1.0,
            confusion,
        })
    }

    fn assert_shows(view: &View, texts: &[&str]) {
        let shown = picture(view, 100, 24);
        for text in texts {
            assert!(shown.contains(text), "{text}\n{shown}");
        }
    }

    #[test]
    fn metrics_and_the_confusion_matrix_follow_the_events() {
        let mut view = started(&["sad", "glad"], vec![entry(1, None)]);
        let augmented = Confusion::from(vec![vec![3, 1], vec![0, 0]]);
        view.update(&step(augmented.clone()));
        let texts = [
            "emotion-cnn   12 recordings, 4 held out",
            "epoch 2/20   6.0 s an epoch, about 2 min left",
            "loss 2.000",
            "accuracy 0.250   UAR 0.200",
            "augmented windows",
            "sad           75   25",
            "glad           -    -",
        ];
        assert_shows(&view, &texts);

        view.update(&Event::Epoch {
            entry: entry(2, Some(0.6)),
            confusion: augmented,
            held_out_confusion: Some(Confusion::from(vec![vec![1, 1], vec![0, 2]])),
        });
        let texts = ["held-out UAR 0.600", "held out", "glad           0  100"];
        assert_shows(&view, &texts);
    }

    #[test]
    fn a_terminal_that_is_too_small_is_no_panic() {
        let mut view = started(&["a"; 40], Vec::new());
        view.update(&step(Confusion::new(40)));
        for (width, height) in [(1, 1), (10, 3), (300, 60)] {
            picture(&view, width, height);
        }
    }

    #[test]
    fn times_are_rounded_up_to_minutes() {
        let shown = [20.0, 61.0, 3_600.0, 9_000.0].map(duration);
        assert_eq!(shown, ["1 min", "2 min", "1 h 0 min", "2 h 30 min"]);
    }
}
