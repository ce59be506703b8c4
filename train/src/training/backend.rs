//! Where training runs, chosen here and nowhere else.

use burn::tensor::Device;

/// The burn backends that this program was built with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
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
