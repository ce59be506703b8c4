//! Training as bytes: everything that the steps to come depend on.

use anyhow::{Context, Result, bail};
use burn::module::Module;
use burn::optim::OptimizerRecord;
use burn::store::ModuleRecord;
use burn::tensor::Bytes;
use serde::{Deserialize, Serialize};

use super::{Sums, Trainer};

/// Training after some step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// Completed steps.
    step: usize,
    /// Steps that the average is over.
    averaged: usize,
    /// Sums over the current epoch.
    sums: Sums,
    /// Parameters, running statistics and their ids, as burn records them.
    #[serde(with = "serde_bytes")]
    net: Vec<u8>,
    /// The optimizer's moments, as burn records them, by the ids of the parameters.
    #[serde(with = "serde_bytes")]
    optimizer: Vec<u8>,
    /// The weight average: little-endian floats in the order of the network's tensors.
    #[serde(with = "serde_bytes")]
    average: Vec<u8>,
}

impl Trainer {
    /// Everything that the steps to come depend on, apart from recipe, recordings and seed.
    ///
    /// # Errors
    /// Where burn cannot write its records, or the loss is no longer a number.
    pub fn snapshot(&mut self) -> Result<Snapshot> {
        self.settle()?;
        let net = self.net.clone().into_record().into_bytes();
        let optimizer = self.optimizer.to_record().into_bytes();
        Ok(Snapshot {
            step: self.step,
            averaged: self.average.steps(),
            sums: self.sums.clone(),
            net: net.context("cannot record the network")?.to_vec(),
            optimizer: optimizer.context("cannot record the optimizer")?.to_vec(),
            average: self.average.to_bytes(&self.net.valid()),
        })
    }

    /// Resumes from a snapshot of the same recipe, recordings and seed.
    pub fn restore(&mut self, snapshot: Snapshot) -> Result<()> {
        let Snapshot { step, averaged, .. } = snapshot;
        let n_labels = self.recipe().architecture.n_labels();
        if step > self.recipe().epochs * self.steps()
            || snapshot.sums.confusion.n_labels() != n_labels
        {
            bail!("its counters are not those of this training");
        }
        let record = ModuleRecord::from_bytes(Bytes::from_bytes_vec(snapshot.net));
        let record = record.context("its network cannot be read")?;
        self.net = self
            .net
            .clone()
            .try_load_record(record)
            .context("its network is not the recipe's")?;
        let record = OptimizerRecord::from_bytes(Bytes::from_bytes_vec(snapshot.optimizer));
        let record = record.context("its optimizer cannot be read")?;
        self.optimizer = self.optimizer.clone().load_record(record);
        if !self
            .average
            .restore(&self.net.valid(), averaged, &snapshot.average)
        {
            bail!("its weight average is not of this network");
        }
        (self.step, self.sums) = (step, snapshot.sums);
        (self.feed, self.pending) = (None, None);
        Ok(())
    }
}
