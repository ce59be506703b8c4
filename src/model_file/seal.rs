//! The start of a model file: its magic, its version and the checksum of everything.
//!
//! After the length of the table, a model file always begins with the same text, up to the checksum:
//!
//! ```text
//! {"__metadata__":{"emotionai_voice":"{\"version\":1,\"sha256\":\"<64 hexadecimal digits>\", ...
//! ```
//!
//! So the checksum can be verified before any JSON is parsed. It is the SHA-256 of the whole file
//! with zeros in place of these digits.

use std::ops::Range;

use sha2::{Digest, Sha256};

use crate::{Error, Result};

/// The one version that this code reads and writes.
pub(super) const VERSION: u32 = 1;
/// Name of the metadata of a model file.
pub(super) const METADATA: &str = "emotionai_voice";
/// The digits of a checksum before it is known.
pub(super) const NO_DIGITS: &str =
    "0000000000000000000000000000000000000000000000000000000000000000";

/// Bytes before the table: its length.
const LENGTH: usize = 8;
const MAGIC: &[u8] = br#"{"__metadata__":{"emotionai_voice":"{\"version\":"#;
const BEFORE_DIGITS: &[u8] = br#",\"sha256\":\""#;

/// Puts the checksum into a file that has [`NO_DIGITS`] yet.
///
/// # Errors
/// As [`verify`], for a file of another beginning.
pub(super) fn seal(bytes: &mut [u8]) -> Result<()> {
    let digits = find_digits(bytes)?;
    let checksum = checksum(bytes, &digits);
    bytes[digits].copy_from_slice(checksum.as_bytes());
    Ok(())
}

/// Checks magic, version and checksum.
///
/// # Errors
/// [`Error::ModelFormat`] for anything but a whole, undamaged file of this version.
pub(super) fn verify(bytes: &[u8]) -> Result<()> {
    let digits = find_digits(bytes)?;
    match bytes[digits.clone()] == *checksum(bytes, &digits).as_bytes() {
        true => Ok(()),
        false => Err(damaged()),
    }
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn checksum(bytes: &[u8], digits: &Range<usize>) -> String {
    let digest = Sha256::new()
        .chain_update(&bytes[..digits.start])
        .chain_update(NO_DIGITS)
        .chain_update(&bytes[digits.end..]);
    hex(&digest.finalize())
}

/// The place of the checksum's digits.
fn find_digits(bytes: &[u8]) -> Result<Range<usize>> {
    let after_magic = bytes
        .get(LENGTH..)
        .and_then(|rest| rest.strip_prefix(MAGIC));
    let Some(rest) = after_magic else {
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(LENGTH + MAGIC.len())]);
        return Err(Error::ModelFormat {
            expected: format!("a model file (.emo), which begins with the metadata \"{METADATA}\""),
            actual: format!("{} bytes that begin with {start:?}", bytes.len()),
        });
    };
    let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (version, rest) = rest.split_at(length);
    let Some(rest) = rest.strip_prefix(BEFORE_DIGITS) else {
        return Err(damaged());
    };
    let version = String::from_utf8_lossy(version);
    if version != VERSION.to_string() {
        return Err(Error::ModelFormat {
            expected: format!("model file version {VERSION}"),
            actual: format!(
                "version {version}: use a package and a model file of the same release"
            ),
        });
    }
    let start = bytes.len() - rest.len();
    match rest.len() < NO_DIGITS.len() {
        true => Err(damaged()),
        false => Ok(start..start + NO_DIGITS.len()),
    }
}

fn damaged() -> Error {
    Error::ModelFormat {
        expected: "a whole EmotionAI Voice model file (.emo)".into(),
        actual: "a checksum that does not match: the file is cut short or damaged, fetch it again"
            .into(),
    }
}
