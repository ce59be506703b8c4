//! The devices that training runs on, chosen here and nowhere else.

use std::fmt;

use burn::tensor::Device;

/// The burn backends that this program was built with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Backend {
    /// Processors, in pure Rust.
    #[default]
    Flex,
    /// Processors, by the deprecated burn-ndarray.
    #[cfg(feature = "ndarray")]
    Ndarray,
    /// Graphics cards, by Vulkan, Metal, DirectX or WebGPU.
    #[cfg(feature = "wgpu")]
    Wgpu,
    /// NVIDIA's graphics cards.
    #[cfg(feature = "cuda")]
    Cuda,
    /// Processors, by LibTorch and the deprecated burn-tch.
    #[cfg(feature = "tch")]
    Tch,
}

impl Backend {
    /// The features that add a backend of the same name.
    pub const FEATURES: [&str; 4] = ["ndarray", "wgpu", "cuda", "tch"];

    /// Every backend that this program was built with.
    pub fn all() -> Vec<Backend> {
        vec![
            Backend::Flex,
            #[cfg(feature = "ndarray")]
            Backend::Ndarray,
            #[cfg(feature = "wgpu")]
            Backend::Wgpu,
            #[cfg(feature = "cuda")]
            Backend::Cuda,
            #[cfg(feature = "tch")]
            Backend::Tch,
        ]
    }

    /// Its name, as `--backend` takes it.
    pub fn name(self) -> &'static str {
        self.describe().0
    }

    /// A line of help.
    pub fn about(self) -> &'static str {
        self.describe().1
    }

    fn describe(self) -> (&'static str, &'static str) {
        match self {
            Backend::Flex => ("flex", "Processors, in pure Rust"),
            #[cfg(feature = "ndarray")]
            Backend::Ndarray => (
                "ndarray",
                "Processors, by the deprecated burn-ndarray: fifteen times slower, a second opinion",
            ),
            #[cfg(feature = "wgpu")]
            Backend::Wgpu => (
                "wgpu",
                "Graphics cards, by Vulkan, Metal, DirectX or WebGPU",
            ),
            #[cfg(feature = "cuda")]
            Backend::Cuda => ("cuda", "NVIDIA's graphics cards"),
            #[cfg(feature = "tch")]
            Backend::Tch => ("tch", "Processors, by LibTorch and the deprecated burn-tch"),
        }
    }

    /// The device to train on.
    pub fn device(self) -> Device {
        match self {
            Backend::Flex => Device::flex(),
            // burn will remove it; until then it is a second opinion on Flex.
            #[cfg(feature = "ndarray")]
            #[allow(deprecated)]
            Backend::Ndarray => Device::ndarray(),
            #[cfg(feature = "wgpu")]
            Backend::Wgpu => Device::wgpu(burn::tensor::DeviceKind::DefaultDevice),
            #[cfg(feature = "cuda")]
            Backend::Cuda => Device::cuda(0),
            #[cfg(feature = "tch")]
            #[allow(deprecated)]
            Backend::Tch => Device::libtorch(),
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}
