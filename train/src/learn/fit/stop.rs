//! A request to stop training at the next step.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether training is to stop; clones share the request.
#[derive(Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Requests the stop; returns whether it had been requested before.
    pub fn request(&self) -> bool {
        self.0.swap(true, Ordering::SeqCst)
    }

    /// Whether it was requested.
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
