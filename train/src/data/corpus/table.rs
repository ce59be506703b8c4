//! CSV as spreadsheets write it: UTF-8 or UTF-16, with commas, semicolons or tabs.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::io::files;

/// The separators of columns.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// The text of a CSV file, and the separator of its columns.
///
/// # Errors
/// Where it cannot be read, is no text, or stands for another file; the message names it.
pub fn read(path: &Path) -> Result<(String, u8)> {
    let text =
        decode(&files::read(path)?).with_context(|| format!("cannot read {}", path.display()))?;
    let header = text.lines().next().unwrap_or_default();
    let count = |separator: &u8| header.bytes().filter(|byte| byte == separator).count();
    // The first of equals is the last that `max_by_key` meets.
    let separator = SEPARATORS.into_iter().rev().max_by_key(count);
    Ok((text, separator.unwrap_or(b',')))
}

fn decode(bytes: &[u8]) -> Result<String> {
    if bytes.starts_with(b"version https://git-lfs") {
        bail!("it is a pointer of Git LFS: fetch the file itself with `git lfs pull`");
    }
    let wide = |unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes[2..]
            .chunks_exact(2)
            .map(|pair| unit([pair[0], pair[1]]))
            .collect();
        String::from_utf16(&units).context("it is no valid UTF-16: save it as UTF-8")
    };
    match bytes {
        [0xFF, 0xFE, ..] => wide(u16::from_le_bytes),
        [0xFE, 0xFF, ..] => wide(u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, text @ ..] | text => match std::str::from_utf8(text) {
            Ok(text) => Ok(text.to_owned()),
            Err(error) => {
                let line = 1
                    + (text[..error.valid_up_to()].iter())
                        .filter(|&&byte| byte == b'\n')
                        .count();
                bail!("line {line} is no UTF-8: save the file in that encoding")
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::corpus::tests::{message, scratch};

    #[test]
    fn every_spreadsheet_may_have_written_it() {
        let path = scratch("table").join("corpus.csv");
        let text = "path;label\r\nzażółć, a.wav;sad\r\n";
        let little: Vec<u8> = "\u{feff}"
            .encode_utf16()
            .chain(text.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        let big: Vec<u8> = "\u{feff}"
            .encode_utf16()
            .chain(text.encode_utf16())
            .flat_map(u16::to_be_bytes)
            .collect();
        for bytes in [
            text.as_bytes(),
            format!("\u{feff}{text}").as_bytes(),
            &little,
            &big,
        ] {
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(read(&path).unwrap(), (text.to_owned(), b';'));
        }
        for (header, separator) in [
            ("path,label", b','),
            ("path\tlabel\tnote, or none", b'\t'),
            ("path", b','),
            ("", b','),
        ] {
            std::fs::write(&path, header).unwrap();
            assert_eq!(read(&path).unwrap().1, separator, "{header}");
        }
        for (bytes, said) in [
            (
                &b"path,label\na.wav,sad\n\xE9.wav,sad\n"[..],
                "line 3 is no UTF-8",
            ),
            (b"\xFF\xFE\x00\xD8", "no valid UTF-16"),
            (
                b"version https://git-lfs.github.com/spec/v1\n",
                "git lfs pull",
            ),
        ] {
            std::fs::write(&path, bytes).unwrap();
            let error = message(read(&path));
            assert!(
                error.contains(said) && error.contains("corpus.csv"),
                "{error}"
            );
        }
    }
}
