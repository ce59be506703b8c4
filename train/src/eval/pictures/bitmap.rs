//! Pixels, for programs that take no SVG. Letters are those of an 8 x 8 font in the program itself,
//! so that a picture is the same on a server without fonts.

use anyhow::Result;
use font8x8::UnicodeFonts;

/// Red, green, blue.
pub type Colour = [u8; 3];

/// Pixels a unit: pictures are drawn in units.
const ZOOM: usize = 2;
/// Width and height of a letter, in units.
pub const LETTER: usize = 8;

/// A picture as it is drawn.
pub struct Bitmap {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

/// Which point of some words is at the place that is named.
#[derive(Debug, Clone, Copy)]
pub enum Align {
    /// Their left end.
    Start,
    /// Their middle.
    Middle,
    /// Their right end.
    End,
}

impl Bitmap {
    /// A white picture of so many units.
    pub fn new(width: usize, height: usize) -> Bitmap {
        Bitmap {
            width: width * ZOOM,
            height: height * ZOOM,
            pixels: vec![255; 3 * width * ZOOM * height * ZOOM],
        }
    }

    /// Fills a rectangle by its top left corner and its size, as far as it lies in the picture.
    pub fn rect(&mut self, [x, y]: [usize; 2], [width, height]: [usize; 2], colour: Colour) {
        let end = |at: usize, size: usize, all: usize| ((at + size) * ZOOM).min(all);
        let right = end(x, width, self.width);
        for row in y * ZOOM..end(y, height, self.height) {
            for column in x * ZOOM..right {
                let at = 3 * (row * self.width + column);
                self.pixels[at..at + 3].copy_from_slice(&colour);
            }
        }
    }

    /// Words whose middle line is at `y`.
    pub fn text(&mut self, [x, y]: [usize; 2], align: Align, colour: Colour, words: &str) {
        let width = LETTER * words.chars().count();
        let left = match align {
            Align::Start => x,
            Align::Middle => x.saturating_sub(width / 2),
            Align::End => x.saturating_sub(width),
        };
        for (index, letter) in words.chars().enumerate() {
            let corner = [left + LETTER * index, y.saturating_sub(LETTER / 2)];
            for (row, bits) in rows(letter).into_iter().enumerate() {
                for column in (0..LETTER).filter(|column| bits & (1u8 << *column) != 0) {
                    self.rect([corner[0] + column, corner[1] + row], [1, 1], colour);
                }
            }
        }
    }

    /// The whole picture as a PNG.
    ///
    /// # Errors
    /// Where it is too large for one.
    pub fn png(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let (width, height) = (u32::try_from(self.width)?, u32::try_from(self.height)?);
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header()?.write_image_data(&self.pixels)?;
        Ok(bytes)
    }
}

/// A letter's rows, from the top; the lowest bit is the leftmost. A box where the font lacks it.
fn rows(letter: char) -> [u8; LETTER] {
    let found = font8x8::BASIC_FONTS.get(letter);
    found
        .or_else(|| font8x8::LATIN_FONTS.get(letter))
        .or_else(|| font8x8::GREEK_FONTS.get(letter))
        .unwrap_or([0xFF, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0xFF])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_png_holds_what_was_drawn() {
        let mut picture = Bitmap::new(20, 10);
        picture.rect([1, 1], [3, 2], [10, 20, 30]);
        picture.rect([19, 9], [50, 50], [1, 2, 3]); // beyond the edges
        picture.text([10, 5], Align::Middle, [0, 0, 0], "|");
        let png = picture.png().unwrap();
        let decoder = png::Decoder::new(std::io::Cursor::new(png));
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        let at = |x: usize, y: usize| pixels[3 * (y * 40 + x)..][..3].to_vec();
        assert_eq!(at(0, 0), [255, 255, 255]);
        assert_eq!((at(2, 2), at(7, 5)), (vec![10, 20, 30], vec![10, 20, 30]));
        assert_eq!((at(8, 5), at(39, 19)), (vec![255; 3], vec![1, 2, 3]));
        let black = pixels.chunks(3).filter(|pixel| *pixel == [0, 0, 0]);
        let drawn: u32 = rows('|').iter().map(|row| row.count_ones()).sum();
        assert_eq!(black.count(), drawn as usize * ZOOM * ZOOM);
    }

    #[test]
    fn letters_beyond_ascii_are_known_or_a_box() {
        assert_ne!(rows('ü'), rows('u'));
        assert_eq!(rows('声'), rows('語'));
    }
}
