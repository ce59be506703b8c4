//! The values that options take; any other value is wrong usage.

use std::ffi::OsStr;
use std::str::FromStr;

use clap::builder::{PossibleValue, PossibleValuesParser, RangedU64ValueParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Command};

use crate::data::corpus::Names;
use crate::learn::backend::Backend;
use crate::learn::recipe::Network;

/// A whole number from `N`.
pub fn from<const N: u64>() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(N..)
}

/// A number above 0.
///
/// # Errors
/// The message that clap shows beside the option.
pub fn positive<T: FromStr + Copy + Into<f64>>(text: &str) -> Result<T, String> {
    number(text, |value| value.is_finite() && value > 0.0).ok_or("expected a number above 0".into())
}

/// A number from 0 to 1.
///
/// # Errors
/// The message that clap shows beside the option.
pub fn share(text: &str) -> Result<f32, String> {
    number(text, |value| (0.0..=1.0).contains(&value)).ok_or("expected a number from 0 to 1".into())
}

fn number<T: FromStr + Copy + Into<f64>>(text: &str, is_valid: impl Fn(f64) -> bool) -> Option<T> {
    text.parse()
        .ok()
        .filter(|&value: &T| is_valid(value.into()))
}

/// Values of a type by their names.
fn named<T: Clone + Send + Sync + 'static>(
    values: impl IntoIterator<Item = T>,
    describe: fn(&T) -> (&'static str, &'static str),
) -> impl TypedValueParser<Value = T> {
    let values: Vec<T> = values.into_iter().collect();
    let possible = values.iter().map(|value| {
        let (name, about) = describe(value);
        PossibleValue::new(name).help(about)
    });
    PossibleValuesParser::new(possible.collect::<Vec<_>>()).try_map(move |name| {
        let mut values = values.iter();
        values
            .find(|value| describe(value).0 == name)
            .cloned()
            .ok_or("unknown")
    })
}

/// A corpus by its name.
pub fn corpus() -> impl TypedValueParser<Value = Names> {
    named(Names::ALL, |names| (names.option(), names.about()))
}

/// A network by its name.
pub fn network() -> impl TypedValueParser<Value = Network> {
    named(Network::ALL, |network| (network.name(), network.about()))
}

/// A backend by its name.
pub fn backend() -> BackendParser {
    BackendParser
}

/// Reads a [`Backend`]. For a backend that this program was built without, the message names the feature.
#[derive(Clone)]
pub struct BackendParser;

impl TypedValueParser for BackendParser {
    type Value = Backend;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<Backend, clap::Error> {
        let known = named(Backend::all(), |backend| (backend.name(), backend.about()));
        known.parse_ref(command, argument, value).map_err(|error| {
            match Backend::FEATURES.iter().find(|it| value == **it) {
                None => error,
                Some(feature) => {
                    let message = format!(
                        "this program was built without the backend {feature}: build it with --features {feature}\n"
                    );
                    clap::Error::raw(ErrorKind::InvalidValue, message).with_cmd(command)
                }
            }
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue>>> {
        let values = Backend::all().into_iter();
        Some(Box::new(values.map(|backend| {
            PossibleValue::new(backend.name()).help(backend.about())
        })))
    }
}
