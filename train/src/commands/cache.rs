//! `train cache`: where the cache of variants lies, how large it is, and how it is emptied.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::data::cache::{Cache, Location};
use crate::io::output::print;

const EXAMPLES: &str = "\
Examples:
  train cache                                                     # folder, entries, bytes
  train cache --clear                                             # removes the entries

`fit` and `crossval` keep the computed frames of each recording in this folder, about 0.5 MB a recording with the
default recipe, so that the next run, fold or seed need not compute them again. An entry is never out of
date: a recording that changed, or another recipe, has entries of its own.";

/// Options of `cache`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct CacheCommandArgs {
    /// The folder [default: EMOTIONAI_CACHE, else one in the user's folder for caches].
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Remove all entries. Other files in the folder stay.
    #[arg(long)]
    clear: bool,
}

/// Prints the size of the cache, or empties it.
pub fn run(args: &CacheCommandArgs) -> Result<()> {
    let folder = args.cache.clone();
    let cache = Cache::open(&folder.map_or(Location::Default, Location::Folder))?;
    let size = cache.size()?;
    let (entries, megabytes) = (size.entries, size.bytes as f64 / 1e6);
    let mut done = "";
    if args.clear {
        cache.clear()?;
        done = "removed ";
    }
    let folder = cache.folder().display();
    print(&format!(
        "{folder}: {done}{entries} entries, {megabytes:.1} MB\n"
    ))
}
