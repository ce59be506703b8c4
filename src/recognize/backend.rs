//! The burn device that runs the network: chosen here for inference and nowhere else.

use burn::tensor::Device;

/// The burn backend that runs the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Backend {
    /// burn's pure Rust backend for processors.
    #[default]
    Flex,
    /// burn-ndarray. burn deprecates it; a test compares it with Flex.
    #[cfg(feature = "ndarray")]
    NdArray,
}

impl Backend {
    pub(super) fn device(self) -> Device {
        match self {
            Backend::Flex => Device::flex(),
            // Deprecated by burn, and kept for the comparison as long as burn keeps it.
            #[cfg(feature = "ndarray")]
            #[allow(deprecated)]
            Backend::NdArray => Device::ndarray(),
        }
    }
}
