//! The networks that a recipe may train.

/// The networks that `fit` trains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// Residual convolutions.
    Cnn,
    /// Convolutions and a bidirectional GRU.
    CnnGru,
    /// An ensemble of both.
    Ensemble,
    /// Plain convolutions and fully connected layers, the baseline.
    Plain,
}

impl Network {
    /// Every network.
    pub const ALL: [Network; 4] = [
        Network::Cnn,
        Network::CnnGru,
        Network::Ensemble,
        Network::Plain,
    ];

    /// Its name, as `--network` takes it.
    pub fn name(self) -> &'static str {
        match self {
            Network::Cnn => "cnn",
            Network::CnnGru => "cnn-gru",
            Network::Ensemble => "ensemble",
            Network::Plain => "plain",
        }
    }

    /// A line of help.
    pub fn about(self) -> &'static str {
        match self {
            Network::Cnn => "Residual convolutions",
            Network::CnnGru => "Convolutions and a bidirectional GRU",
            Network::Ensemble => "An ensemble of both",
            Network::Plain => "Plain convolutions and fully connected layers, the baseline",
        }
    }
}
