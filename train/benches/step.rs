//! Milliseconds a window of a training step, by every backend of this build and by PyTorch.
//!
//!     cargo bench -p emotionai-voice-train --bench step [-- cnn cnn-gru]
//!
//! `PYTHON` names a Python that has torch (else `python3` is asked), `RAYON_NUM_THREADS` the threads
//! of Flex and PyTorch alike. Backends take turns, so that a busy machine slows all of them down.
#![allow(clippy::unwrap_used)] // A benchmark may end with a panic.

use std::process::Command;
use std::time::Instant;

use burn::grad_clipping::GradientClippingConfig;
use burn::module::Module;
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Distribution, Int, Tensor};
use emotionai_voice::training::{Architecture, EmotionCnnConfig, EmotionCnnGruConfig, EmotionNet};
use emotionai_voice_train::learn::backend::Backend;
use emotionai_voice_train::learn::weight_average::WeightAverage;

const BATCH: usize = 32;
const N_MELS: usize = 64;
const N_FRAMES: usize = 128;
const N_LABELS: usize = 8;
/// Turns of each backend, and steps of a turn.
const TURNS: usize = 5;
const STEPS: usize = 8;

/// Training on random windows.
struct Training {
    device: Device,
    net: EmotionNet,
    optimizer: ModuleOptimizer,
    average: WeightAverage,
}

impl Training {
    fn new(network: &str, backend: Backend) -> Training {
        let device = backend.device().autodiff();
        device.seed(1);
        let architecture = match network {
            "cnn" => Architecture::EmotionCnn(EmotionCnnConfig::new(N_MELS, N_LABELS)),
            "cnn-gru" => Architecture::EmotionCnnGru(EmotionCnnGruConfig::new(N_MELS, N_LABELS)),
            other => panic!("{other} is neither cnn nor cnn-gru"),
        };
        Training {
            net: architecture.init(&device).unwrap(),
            optimizer: AdamWConfig::new()
                .with_weight_decay(0.02)
                .with_grad_clipping(Some(GradientClippingConfig::Norm(2.0)))
                .init(),
            average: WeightAverage::new(0.995),
            device,
        }
    }

    /// The time of a step as the trainer takes it, without that of drawing its batch, in
    /// milliseconds a window.
    fn step(&mut self) -> f64 {
        let shape = [BATCH, 1, N_MELS, N_FRAMES];
        let input = Tensor::<4>::random(shape, Distribution::Normal(0.0, 1.0), &self.device);
        let labels: [i32; BATCH] = std::array::from_fn(|i| (i % N_LABELS) as i32);
        let labels = Tensor::<1, Int>::from_data(labels, &self.device).one_hot::<2>(N_LABELS);
        let targets = labels.float() * 0.9 + 0.1 / N_LABELS as f64;
        let started = Instant::now();
        let said = log_softmax(self.net.forward(input), 1);
        let loss = (said * targets).sum_dim(1).mean().neg();
        assert!(loss.clone().into_scalar::<f32>().is_finite());
        let gradients = GradientsParams::from_grads(loss.backward(), &self.net);
        self.net = self.optimizer.step(3e-3, self.net.clone(), gradients);
        let _ = self.net.valid();
        self.average.update(&self.net);
        1e3 * started.elapsed().as_secs_f64() / BATCH as f64
    }
}

/// The times of a turn of PyTorch, in milliseconds a window; `None` without a Python that has torch.
fn pytorch(network: &str) -> Option<Vec<f64>> {
    let output = Command::new(std::env::var("PYTHON").unwrap_or("python3".into()))
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/pytorch.py"))
        .args(["--network", network])
        .args(["--batch", &BATCH.to_string()])
        .args(["--steps", &STEPS.to_string()])
        .args(["--threads", &rayon::current_num_threads().to_string()])
        .output()
        .ok()?;
    serde_json::from_slice(&output.stdout).ok()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn compare(network: &str) {
    let mut backends: Vec<(Backend, Training, Vec<f64>)> = Backend::all()
        .into_iter()
        .map(|backend| (backend, Training::new(network, backend), Vec::new()))
        .collect();
    for (_, training, _) in &mut backends {
        training.step();
    }
    let mut reference = Some(Vec::new());
    for _ in 0..TURNS {
        for (_, training, times) in &mut backends {
            times.extend((0..STEPS).map(|_| training.step()));
        }
        reference = reference
            .zip(pytorch(network))
            .map(|(times, turn)| [times, turn].concat());
    }
    let reference = reference.map(median);
    match reference {
        Some(time) => println!("{network:8} {:8} {time:6.2} ms a window", "pytorch"),
        None => println!(
            "{network:8} {:8} not measured: no Python with torch",
            "pytorch"
        ),
    }
    for (backend, _, times) in backends {
        let time = median(times);
        let ratio = reference.map_or(String::new(), |reference| {
            format!(", {:.2} times PyTorch's", time / reference)
        });
        println!(
            "{network:8} {:8} {time:6.2} ms a window{ratio}",
            backend.name()
        );
    }
}

fn main() {
    // Cargo adds `--bench`.
    let mut networks: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    println!(
        "{} threads, batches of {BATCH}",
        rayon::current_num_threads()
    );
    if networks.is_empty() {
        networks = ["cnn", "cnn-gru"].map(String::from).to_vec();
    }
    networks.iter().for_each(|network| compare(network));
}
