//! The layout that convolutions are computed in: padded planes, one for each phase of the stride.
//!
//! A plane holds every `stride`-th row and column of a padded image. In it each tap of the kernel
//! is a constant offset from an output position, so that a convolution is a sum of shifted planes.

/// A convolution by a square, odd kernel with a padding of half its width.
#[derive(Debug, Clone, Copy)]
pub struct Geometry {
    /// Channels of the input and of the output.
    pub channels: [usize; 2],
    /// Width and height of the kernel.
    pub kernel: usize,
    /// Stride of rows and of columns.
    pub stride: [usize; 2],
    /// Rows and columns of the input.
    pub size: [usize; 2],
}

/// Zeros after each plane, because whole vectors are read.
const SLACK: usize = 64;

/// The taps of the kernel that reach the input pixels of one phase.
pub struct Phase {
    /// The phase's first row and column in the padded input.
    origin: [usize; 2],
    /// Offset of each tap in a plane of output gradients.
    pub offsets: Vec<usize>,
    /// Index of each tap in the kernel.
    pub taps: Vec<usize>,
}

impl Geometry {
    /// Rows and columns of the output.
    pub fn out(&self) -> [usize; 2] {
        [0, 1].map(|axis| (self.size[axis] - 1) / self.stride[axis] + 1)
    }

    /// Values of an input image and of an output image.
    pub fn image_lens(&self) -> [usize; 2] {
        let [ho, wo] = self.out();
        [
            self.channels[0] * self.size[0] * self.size[1],
            self.channels[1] * ho * wo,
        ]
    }

    fn pad(&self) -> usize {
        self.kernel / 2
    }

    /// Rows and columns of a plane.
    fn plane(&self) -> [usize; 2] {
        [0, 1].map(|axis| (self.size[axis] + 2 * self.pad()).div_ceil(self.stride[axis]))
    }

    /// Columns of a plane.
    pub fn pitch(&self) -> usize {
        self.plane()[1]
    }

    fn plane_len(&self) -> usize {
        let [rows, pitch] = self.plane();
        (rows + 1) * pitch + SLACK
    }

    /// Phases of rows and of columns that a tap reaches.
    fn phases(&self) -> [usize; 2] {
        self.stride.map(|stride| stride.min(self.kernel))
    }

    /// Values of all planes of one input channel.
    pub fn channel_len(&self) -> usize {
        self.phases()[0] * self.phases()[1] * self.plane_len()
    }

    /// Length of an output plane, which has the pitch of the input's planes.
    pub fn flat_len(&self) -> usize {
        self.out()[0] * self.pitch()
    }

    /// Offset of each tap from an output position, in the planes of a channel.
    pub fn taps(&self) -> Vec<usize> {
        let [sh, sw] = self.stride;
        (0..self.kernel * self.kernel)
            .map(|tap| {
                let (ky, kx) = (tap / self.kernel, tap % self.kernel);
                let plane = ky % sh * self.phases()[1] + kx % sw;
                plane * self.plane_len() + ky / sh * self.pitch() + kx / sw
            })
            .collect()
    }

    /// The first column of an image that a phase of columns holds, and its column in the plane.
    fn first_column(&self, phase: usize) -> (usize, usize) {
        let column = self.pad().saturating_sub(phase).div_ceil(self.stride[1]);
        (column * self.stride[1] + phase - self.pad(), column)
    }

    /// Copies an input image into planes whose margins are zero.
    pub fn pack(&self, image: &[f32], planes: &mut [f32]) {
        let [h, w] = self.size;
        let [sh, sw] = self.stride;
        let [row_phases, column_phases] = self.phases();
        let channels = planes.chunks_exact_mut(self.channel_len());
        for (planes, image) in channels.zip(image.chunks_exact(h * w)) {
            for (y, row) in image.chunks_exact(w).enumerate() {
                let y = y + self.pad();
                if y % sh >= row_phases {
                    continue;
                }
                for phase in 0..column_phases {
                    let (first, column) = self.first_column(phase);
                    let plane = (y % sh * column_phases + phase) * self.plane_len();
                    let to = &mut planes[plane + y / sh * self.pitch() + column..];
                    let from = row.get(first..).unwrap_or_default();
                    if sw == 1 {
                        to[..from.len()].copy_from_slice(from);
                    } else {
                        for (to, from) in to.iter_mut().zip(from.iter().step_by(sw)) {
                            *to = *from;
                        }
                    }
                }
            }
        }
    }

    /// Copies output planes, of `plane_len` values each, into an output image.
    pub fn unpack(&self, planes: &[f32], plane_len: usize, image: &mut [f32]) {
        let [ho, wo] = self.out();
        for (to, from) in image
            .chunks_exact_mut(ho * wo)
            .zip(planes.chunks_exact(plane_len))
        {
            for (to, from) in to.chunks_exact_mut(wo).zip(from.chunks(self.pitch())) {
                to.copy_from_slice(&from[..wo]);
            }
        }
    }

    /// Zeros before the first output gradient of a plane.
    pub fn grad_margin(&self) -> usize {
        let [rows, columns] = self.stride.map(|stride| (self.kernel - 1) / stride);
        rows * self.pitch() + columns
    }

    /// Values of a plane of output gradients.
    pub fn grad_len(&self) -> usize {
        self.grad_margin() + self.flat_len() + (2 + self.kernel) * self.pitch() + SLACK
    }

    /// Copies an output image's gradients into planes whose margins are zero.
    pub fn pack_grad(&self, grad: &[f32], planes: &mut [f32]) {
        let [ho, wo] = self.out();
        for (to, from) in planes
            .chunks_exact_mut(self.grad_len())
            .zip(grad.chunks_exact(ho * wo))
        {
            let to = to[self.grad_margin()..].chunks_mut(self.pitch());
            for (to, from) in to.zip(from.chunks_exact(wo)) {
                to[..wo].copy_from_slice(from);
            }
        }
    }

    /// The phases of the input's gradient.
    pub fn input_phases(&self) -> Vec<Phase> {
        let [sh, sw] = self.stride;
        let [row_phases, column_phases] = self.phases();
        let phase = |py: usize, px: usize| {
            let taps = (py..self.kernel)
                .step_by(sh)
                .flat_map(|ky| (px..self.kernel).step_by(sw).map(move |kx| (ky, kx)));
            Phase {
                origin: [py, px],
                offsets: taps
                    .clone()
                    .map(|(ky, kx)| self.grad_margin() - ky / sh * self.pitch() - kx / sw)
                    .collect(),
                taps: taps.map(|(ky, kx)| ky * self.kernel + kx).collect(),
            }
        };
        (0..row_phases)
            .flat_map(|py| (0..column_phases).map(move |px| (py, px)))
            .map(|(py, px)| phase(py, px))
            .collect()
    }

    /// Length of a plane of the input's gradient.
    pub fn input_flat_len(&self) -> usize {
        (self.size[0] + self.pad()).div_ceil(self.stride[0]) * self.pitch()
    }

    /// Copies planes of a phase, of `plane_len` values each, into the gradient of an input image.
    pub fn unpack_phase(&self, phase: &Phase, planes: &[f32], plane_len: usize, image: &mut [f32]) {
        let [h, w] = self.size;
        let [sh, sw] = self.stride;
        let [py, px] = phase.origin;
        let (first, column) = self.first_column(px);
        if first >= w {
            return;
        }
        for (to, from) in image
            .chunks_exact_mut(h * w)
            .zip(planes.chunks_exact(plane_len))
        {
            for (row, from) in from.chunks(self.pitch()).enumerate() {
                let Some(y) = (row * sh + py).checked_sub(self.pad()).filter(|y| *y < h) else {
                    continue;
                };
                let to = to[y * w..][first..w].iter_mut().step_by(sw);
                for (to, from) in to.zip(&from[column..]) {
                    *to = *from;
                }
            }
        }
    }
}
