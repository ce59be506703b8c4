//! Where training runs, chosen here and nowhere else.

use std::ffi::OsStr;

use burn::tensor::Device;
use clap::builder::{EnumValueParser, PossibleValue, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Command, ValueEnum};

/// The burn backends that this program was built with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Backend {
    /// Processors, in pure Rust.
    #[default]
    Flex,
    /// Processors, by the deprecated burn-ndarray: fifteen times slower, a second opinion.
    #[cfg(feature = "ndarray")]
    Ndarray,
    /// Graphics cards, by Vulkan, Metal, DirectX or WebGPU.
    #[cfg(feature = "wgpu")]
    Wgpu,
    /// NVIDIA's graphics cards.
    #[cfg(feature = "cuda")]
    Cuda,
}

impl Backend {
    pub(super) fn device(self) -> Device {
        match self {
            Backend::Flex => Device::flex(),
            // burn says that it will be removed; until then it checks Flex.
            #[cfg(feature = "ndarray")]
            #[allow(deprecated)]
            Backend::Ndarray => Device::ndarray(),
            #[cfg(feature = "wgpu")]
            Backend::Wgpu => Device::wgpu(burn::tensor::DeviceKind::DefaultDevice),
            #[cfg(feature = "cuda")]
            Backend::Cuda => Device::cuda(0),
        }
    }
}

/// The features that bring a backend of the same name.
const FEATURES: [&str; 3] = ["ndarray", "wgpu", "cuda"];

/// Reads a [`Backend`]. Of one that this program was built without it says how to have it.
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
        let parsed = EnumValueParser::new().parse_ref(command, argument, value);
        parsed.map_err(|error| match FEATURES.iter().find(|it| value == **it) {
            None => error,
            Some(feature) => {
                let said = format!(
                    "this program was built without the backend {feature}: build it with --features {feature}\n"
                );
                clap::Error::raw(ErrorKind::InvalidValue, said).with_cmd(command)
            }
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue>>> {
        let values = Backend::value_variants().iter();
        Some(Box::new(values.filter_map(ValueEnum::to_possible_value)))
    }
}
