//! What values options take: what is none ends the program as wrong usage.

use std::str::FromStr;

use clap::builder::RangedU64ValueParser;

/// A whole number from `N`.
pub fn from<const N: u64>() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(N..)
}

/// A number above 0.
///
/// # Errors
/// What clap shows beside the option.
pub fn positive<T: FromStr + Copy + Into<f64>>(text: &str) -> Result<T, String> {
    number(text, |value| value.is_finite() && value > 0.0).ok_or("expected a number above 0".into())
}

/// A number from 0 to 1.
///
/// # Errors
/// What clap shows beside the option.
pub fn share(text: &str) -> Result<f32, String> {
    number(text, |value| (0.0..=1.0).contains(&value)).ok_or("expected a number from 0 to 1".into())
}

fn number<T: FromStr + Copy + Into<f64>>(text: &str, is_one: impl Fn(f64) -> bool) -> Option<T> {
    text.parse().ok().filter(|&value: &T| is_one(value.into()))
}
