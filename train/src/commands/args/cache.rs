//! Options that choose the cache of variants.

use std::path::PathBuf;

use clap::Args;

use crate::data::cache::Location;

/// Options that choose the cache of variants.
#[derive(Debug, Clone, Args)]
pub struct CacheArgs {
    /// Folder in which the computed frames of the recordings are kept for later runs, folds and seeds
    /// [default: EMOTIONAI_CACHE, else one in the user's folder for caches; `train cache` names it].
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Keep them in a temporary folder, which is removed at the end of the run.
    #[arg(long, conflicts_with = "cache")]
    no_cache: bool,
}

impl CacheArgs {
    /// The location that the options name.
    pub fn location(&self) -> Location {
        match &self.cache {
            _ if self.no_cache => Location::Temporary,
            Some(folder) => Location::Folder(folder.clone()),
            None => Location::Default,
        }
    }
}
