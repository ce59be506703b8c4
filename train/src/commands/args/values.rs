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
pub fn positive<T: FromStr + Copy + Into<f64>>(text: &str) -> Result<T, String> {
    number(text, |value| value.is_finite() && value > 0.0).ok_or("expected a number above 0".into())
}

/// A number from 0 to 1.
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
        let value = values.iter().find(|value| describe(value).0 == name);
        value.cloned().ok_or("unknown")
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

fn built_in() -> impl TypedValueParser<Value = Backend> {
    named(Backend::all(), |it| (it.name(), it.about()))
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
        let parsed = built_in().parse_ref(command, argument, value);
        let Some(feature) = Backend::FEATURES.iter().find(|it| value == **it) else {
            return parsed;
        };
        parsed.map_err(|_| {
            let message = format!(
                "this program was built without the backend {feature}: build it with --features {feature}\n"
            );
            clap::Error::raw(ErrorKind::InvalidValue, message).with_cmd(command)
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue>>> {
        Some(Box::new(
            built_in()
                .possible_values()?
                .collect::<Vec<_>>()
                .into_iter(),
        ))
    }
}
