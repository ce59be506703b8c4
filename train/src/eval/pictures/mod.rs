//! An evaluation as pictures for the model card, in SVG with a ground of their own, so that they
//! can be read on light pages and dark ones.
//!
//! Written by hand: three pictures need a few rectangles, lines and words, and no plotting library.
//! The confusion matrix is there as PNG as well.

mod bitmap;
mod confusion;
mod reliability;
mod risk;
mod svg;

use std::path::Path;

use anyhow::{Context, Result};

use crate::eval::Evaluation;

pub use svg::escape;

/// Every picture in SVG, by the name of its file.
pub fn draw(evaluation: &Evaluation) -> [(&'static str, String); 3] {
    [
        ("confusion.svg", confusion::draw(evaluation)),
        ("reliability.svg", reliability::draw(evaluation)),
        ("risk-coverage.svg", risk::draw(evaluation)),
    ]
}

/// Writes `confusion.svg`, `reliability.svg`, `risk-coverage.svg` and `confusion.png` into `folder`,
/// which is made where it is not there.
///
/// # Errors
/// Where a file cannot be written.
pub fn write(folder: &Path, evaluation: &Evaluation) -> Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let svgs = draw(evaluation).map(|(name, picture)| (name, picture.into_bytes()));
    let png = ("confusion.png", confusion::png(evaluation)?);
    for (name, picture) in svgs.into_iter().chain([png]) {
        let path = folder.join(name);
        std::fs::write(&path, picture)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use emotionai_voice::training::Calibration;

    use super::*;
    use crate::eval::{evaluate, tests::outcome};

    fn evaluation() -> Evaluation {
        let outcomes = [
            outcome(1, 0, Some(&[0.95, 0.05])),
            outcome(2, 0, Some(&[0.35, 0.65])),
            outcome(2, 1, Some(&[0.25, 0.75])),
            outcome(2, 1, None),
        ];
        let labels = ["joy & glee".to_owned(), "<rage>".to_owned()];
        evaluate(&outcomes, &labels, &Calibration::default())
    }

    #[test]
    fn labels_cannot_break_the_picture() {
        let picture = confusion::draw(&evaluation());
        assert!(picture.contains("joy &amp; glee") && picture.contains("&lt;rage&gt;"));
        assert!(!picture.contains("<rage>"));
        assert!(confusion::png(&evaluation()).is_ok());
    }

    #[test]
    fn every_cell_and_every_bin_with_clips_is_drawn() {
        let e = evaluation();
        assert_eq!(confusion::draw(&e).matches("class=\"cell\"").count(), 4);
        // Confidences 0.65, 0.75, 0.95: three bins.
        assert_eq!(reliability::draw(&e).matches("class=\"bar\"").count(), 3);
        let risk = risk::draw(&e);
        assert!(risk.contains("all clips: error 0.500"), "{risk}");
    }

    #[test]
    fn an_evaluation_of_nothing_has_pictures_without_nonsense() {
        let nothing = evaluate(&[], &["a".to_owned()], &Calibration::default());
        assert!(confusion::png(&nothing).is_ok());
        for (_, picture) in draw(&nothing) {
            assert!(
                !picture.contains("NaN") && !picture.contains("inf"),
                "{picture}"
            );
        }
    }
}
