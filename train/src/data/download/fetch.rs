//! A file over HTTP that goes on where it stopped.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Error, Result, anyhow};
use indicatif::ProgressBar;
use ureq::http::{HeaderMap, StatusCode, header};
use ureq::{Agent, Body};

use crate::io::output::note;

/// A server that says nothing for so long is given up.
const SILENCE: Duration = Duration::from_secs(30);
/// The first pause between attempts; each is double the one before.
const PAUSE: Duration = Duration::from_millis(250);
/// Bytes read at a time.
const BLOCK: usize = 1 << 16;

/// Why an attempt failed.
enum Failure {
    /// Another may do better.
    Passing(Error),
    /// No other would.
    Lasting(Error),
}

use Failure::{Lasting, Passing};

/// Fetches `url` to `path`. An existing file is the start of it, and is kept where this fails. Gives up after so many attempts in a row that brought nothing.
pub fn fetch(url: &str, path: &Path, retries: u32, bar: &ProgressBar) -> Result<()> {
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_connect(Some(SILENCE))
        .timeout_recv_response(Some(SILENCE))
        .timeout_per_read(Some(SILENCE))
        .build()
        .into();
    let mut in_vain = 0;
    loop {
        let before = length(path);
        let error = match attempt(&agent, url, path, bar) {
            Ok(()) => {
                bar.finish_and_clear();
                return Ok(());
            }
            Err(Lasting(error)) => return Err(error.context(format!("cannot fetch {url}"))),
            Err(Passing(error)) => error,
        };
        in_vain = match length(path) > before {
            true => 0,
            false => in_vain + 1,
        };
        if in_vain > retries {
            return Err(error.context(format!(
                "cannot fetch {url}: {retries} retries brought nothing; what came so far is kept, and the same command goes on with it"
            )));
        }
        bar.suspend(|| note(format_args!("{error:#}; trying again")));
        sleep(PAUSE * 2u32.pow(in_vain.min(6)));
    }
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |file| file.len())
}

fn attempt(agent: &Agent, url: &str, path: &Path, bar: &ProgressBar) -> Result<(), Failure> {
    let have = length(path);
    let mut request = agent.get(url);
    if have > 0 {
        request = request.header(header::RANGE, format!("bytes={have}-"));
    }
    let response = request.call().map_err(|error| match error {
        error @ (ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::InvalidProxyUrl) => {
            Lasting(error.into())
        }
        error => Passing(error.into()),
    })?;
    let (head, body) = response.into_parts();
    let (from, total) = match head.status {
        // A server without ranges sends all of it again.
        StatusCode::OK => (0, body.content_length()),
        StatusCode::PARTIAL_CONTENT => match content_range(&head.headers) {
            Some((Some(from), total)) if from == have => (from, total),
            _ => return Err(Passing(start_over(path))),
        },
        StatusCode::RANGE_NOT_SATISFIABLE => match content_range(&head.headers) {
            Some((None, Some(total))) if total == have => return Ok(()),
            _ => return Err(Passing(start_over(path))),
        },
        status => {
            let error = anyhow!("the server answers {status}");
            let may_pass = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
            return Err(match may_pass {
                true => Passing(error),
                false => Lasting(error),
            });
        }
    };
    let file = open(path, from).map_err(Lasting)?;
    bar.set_length(total.unwrap_or(0));
    bar.set_position(from);
    copy(body, file, bar)?;
    let have = length(path);
    match total {
        Some(total) if have != total => Err(Passing(anyhow!(
            "the connection ended after {have} of {total} bytes"
        ))),
        _ => Ok(()),
    }
}

/// Drops what does not go with what the server has.
fn start_over(path: &Path) -> Error {
    match fs::remove_file(path) {
        Ok(()) => anyhow!("what was begun does not fit what the server has, and was dropped"),
        Err(error) => anyhow!(error).context(format!("cannot remove {}", path.display())),
    }
}

/// First byte and length of the whole, of `bytes 5-9/10` and `bytes */10`.
fn content_range(headers: &HeaderMap) -> Option<(Option<u64>, Option<u64>)> {
    let value = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
    let (range, total) = value.strip_prefix("bytes ")?.split_once('/')?;
    let from = range.split_once('-').map(|(from, _)| from.parse());
    Some((from.transpose().ok()?, total.parse().ok()))
}

/// The file, to be written from there on.
fn open(path: &Path, from: u64) -> Result<File> {
    let open = || {
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)?;
        file.set_len(from)?;
        file.seek(SeekFrom::End(0))?;
        Ok::<_, std::io::Error>(file)
    };
    open().with_context(|| format!("cannot write {}", path.display()))
}

fn copy(body: Body, mut file: File, bar: &ProgressBar) -> Result<(), Failure> {
    let mut reader = body.into_reader();
    let mut block = vec![0; BLOCK];
    loop {
        let n = match reader.read(&mut block) {
            Ok(0) => return Ok(()),
            Ok(n) => n,
            Err(error) => return Err(Passing(anyhow!(error).context("the connection broke"))),
        };
        file.write_all(&block[..n])
            .map_err(|error| Lasting(anyhow!(error).context("cannot write what was fetched")))?;
        bar.inc(n as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_servers_write_them() {
        let of = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_RANGE, value.parse().unwrap());
            content_range(&headers)
        };
        assert_eq!(of("bytes 5-9/10"), Some((Some(5), Some(10))));
        assert_eq!(of("bytes 5-9/*"), Some((Some(5), None)));
        assert_eq!(of("bytes */10"), Some((None, Some(10))));
        for odd in ["bytes 5-9", "items 5-9/10", "bytes x-9/10"] {
            assert_eq!(of(odd), None, "{odd}");
        }
        assert_eq!(content_range(&HeaderMap::new()), None);
    }
}
