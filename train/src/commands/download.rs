//! `train download`: the recordings of RAVDESS, from their publisher to a folder.
//!
//! Unfinished files are in one subfolder, so that a process after a crash resumes where the last one stopped, and a
//! folder without it is complete.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use md5::{Digest, Md5};

use super::args::bar;
use crate::data::corpus::{Corpus, Names};
use crate::data::download::{fetch, unpack};
use crate::io::hex::hex;
use crate::io::output::{note, print};

/// The speech of RAVDESS (Livingstone & Russo 2018), 208,468,073 bytes.
const URL: &str = "https://zenodo.org/records/1188976/files/Audio_Speech_Actors_01-24.zip";
/// Its MD5, as Zenodo publishes it beside the file.
const MD5: &str = "bc696df654c87fed845eb13823edef8a";
/// The subfolder of unfinished files.
const UNFINISHED: &str = ".download";

const EXAMPLES: &str = "\
Examples:
  train download                                                  # to ./ravdess
  train download --out data/ravdess --url http://mirror/Audio_Speech_Actors_01-24.zip

A download that was stopped is resumed by the same command.";

/// Options of `download`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct DownloadArgs {
    /// Folder to unpack to. One that holds recordings already is used as it is.
    #[arg(long, default_value = "ravdess")]
    out: PathBuf,
    /// Address of the archive.
    #[arg(long, default_value = URL)]
    url: String,
    /// Expected MD5 of the archive, as 32 hexadecimal digits.
    #[arg(long, default_value = MD5, value_parser = parse_md5)]
    md5: String,
    /// Attempts after one without progress, each after a longer pause.
    #[arg(long, default_value_t = 5)]
    retries: u32,
}

fn parse_md5(text: &str) -> Result<String, String> {
    match text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => Ok(text.to_ascii_lowercase()),
        false => Err("expected 32 hexadecimal digits".into()),
    }
}

/// Fetches, checks and unpacks the archive.
///
/// # Errors
/// Where any step fails. The fetched part is kept for the next process, unless its checksum is wrong.
pub fn run(args: &DownloadArgs) -> Result<()> {
    let unfinished = args.out.join(UNFINISHED);
    if !unfinished.is_dir() && !is_empty(&args.out)? {
        let summary = summary(&args.out).with_context(|| {
            format!(
                "{} is there, but not as a folder of RAVDESS: name another folder with --out, or an empty one",
                args.out.display()
            )
        })?;
        return print(&format!("there already: {summary}\n"));
    }
    fs::create_dir_all(&unfinished)
        .with_context(|| format!("cannot create {}", unfinished.display()))?;
    let archive = unfinished.join("archive.zip");
    fetch_verified(args, &archive)?;
    let unpacked = unfinished.join("unpacked");
    unpack::unpack(&archive, &unpacked, &bar(0, "{pos}/{len} files"))?;
    unpack::merge(&unpacked, &args.out)?;
    fs::remove_dir_all(&unfinished)
        .with_context(|| format!("cannot remove {}", unfinished.display()))?;
    let summary = summary(&args.out)?;
    print(&format!(
        "{summary}\nRAVDESS is licensed CC BY-NC-SA 4.0, and so are models that are trained on it\n"
    ))
}

/// Whether a folder holds nothing, or is not there.
fn is_empty(folder: &Path) -> Result<bool> {
    let context = || format!("cannot read the folder {}", folder.display());
    Ok(!folder.exists() || fs::read_dir(folder).with_context(context)?.next().is_none())
}

fn summary(folder: &Path) -> Result<String> {
    let corpus = Corpus::open(folder, Some(Names::Ravdess))?;
    let (recordings, actors) = (corpus.clips().len(), corpus.speakers().len());
    let folder = folder.display();
    Ok(format!(
        "{recordings} recordings of {actors} actors in {folder}"
    ))
}

/// Fetches the archive. A wrong checksum may be the fault of a part from an earlier process, so all of it is then
/// fetched once more.
fn fetch_verified(args: &DownloadArgs, archive: &Path) -> Result<()> {
    let fetch = || {
        let bar = bar(0, "{bytes}/{total_bytes}, {bytes_per_sec}, {eta} left");
        fetch::fetch(&args.url, archive, args.retries, &bar)?;
        md5_of(archive)
    };
    let was_begun = archive.exists();
    let mut found = fetch()?;
    if found != args.md5 && was_begun {
        note("the checksum of the part that was fetched earlier is wrong: fetching all of it anew");
        remove(archive)?;
        found = fetch()?;
    }
    let DownloadArgs { url, md5, .. } = args;
    if found != *md5 {
        remove(archive)?;
        // Other files of an earlier process stay.
        let _ = archive.parent().map(fs::remove_dir);
        bail!(
            "{url} has the MD5 {found}, expected {md5}: it was damaged on its way, or it is another file; try again, or give the MD5 of that file with --md5"
        );
    }
    Ok(())
}

fn remove(archive: &Path) -> Result<()> {
    fs::remove_file(archive).with_context(|| format!("cannot remove {}", archive.display()))
}

fn md5_of(path: &Path) -> Result<String> {
    let context = || format!("cannot read {}", path.display());
    let mut file = File::open(path).with_context(context)?;
    let mut md5 = Md5::new();
    std::io::copy(&mut file, &mut md5).with_context(context)?;
    Ok(hex(&md5.finalize()))
}
