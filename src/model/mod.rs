//! The networks: normalised log-mel windows in, logits out.
//!
//! A network knows nothing of audio: its input is `[batch, 1, n_mels, n_frames]`.

mod architecture;
mod blocks;
mod cnn;
mod cnn_gru;
mod cost;
mod ensemble;
#[cfg(feature = "train")]
mod kernels;
mod net;
mod parameters;
mod plain_cnn;

pub use architecture::Architecture;
pub use cnn::{EmotionCnn, EmotionCnnConfig};
pub use cnn_gru::{EmotionCnnGru, EmotionCnnGruConfig};
pub use ensemble::{EmotionEnsemble, EmotionEnsembleConfig};
#[cfg(feature = "train")]
pub use kernels::recurrence;
pub use net::EmotionNet;
pub use parameters::TensorInfo;
pub use plain_cnn::{PlainCnn, PlainCnnConfig};
