//! `train download`, run against a server that misbehaves.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

#[macro_use]
mod support;

use std::fs;
use std::io::{BufRead, BufReader, Cursor, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::{Arc, Mutex};
use std::thread;

use md5::{Digest, Md5};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use support::*;

const NO_MD5: &str = "00000000000000000000000000000000";

/// A web server of one file.
struct Server {
    url: String,
    /// The first byte that each request asked for, in their order; `None` of one without a range.
    asked: Arc<Mutex<Vec<Option<usize>>>>,
}

/// What goes wrong.
#[derive(Clone, Copy, Default)]
struct Trouble {
    /// Ranges are ignored.
    no_ranges: bool,
    /// So many requests are cut off after a third of the file.
    cut: usize,
    /// So many requests are answered 503.
    busy: usize,
    /// All requests are answered 404.
    missing: bool,
}

impl Server {
    fn start(file: Vec<u8>, trouble: Trouble) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/archive.zip", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                let from = range(&stream);
                let number = log.lock().unwrap().len();
                log.lock().unwrap().push(from);
                // The client may have gone away; that is its business.
                let _ = answer(stream, &file, from, number, trouble);
            }
        });
        Server { url, asked }
    }

    fn asked(&self) -> Vec<Option<usize>> {
        self.asked.lock().unwrap().clone()
    }
}

/// Reads a request; the first byte of its range.
fn range(stream: &TcpStream) -> Option<usize> {
    let lines = BufReader::new(stream).lines().map(Result::unwrap);
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    head.iter().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        let is_range = name.eq_ignore_ascii_case("range");
        let range = value.strip_prefix("bytes=").filter(|_| is_range)?;
        range.strip_suffix('-')?.parse().ok()
    })
}

fn answer(
    mut stream: TcpStream,
    file: &[u8],
    from: Option<usize>,
    number: usize,
    trouble: Trouble,
) -> std::io::Result<()> {
    let from = from.filter(|_| !trouble.no_ranges);
    let length = file.len();
    let (status, range) = match from {
        _ if trouble.missing => ("404 Not Found", String::new()),
        _ if number < trouble.busy => ("503 Service Unavailable", String::new()),
        None => ("200 OK", String::new()),
        Some(from) if from >= length => (
            "416 Range Not Satisfiable",
            format!("Content-Range: bytes */{length}\r\n"),
        ),
        Some(from) => (
            "206 Partial Content",
            format!("Content-Range: bytes {from}-{}/{length}\r\n", length - 1),
        ),
    };
    let body = match status.starts_with('2') {
        true => &file[from.unwrap_or(0)..],
        false => &[],
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\n{range}Connection: close\r\n\r\n",
        body.len()
    )?;
    let cut = match number < trouble.cut {
        true => body.len().min(length / 3),
        false => body.len(),
    };
    stream.write_all(&body[..cut])
}

/// An archive with these files.
fn archive(names: &[&str]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for name in names {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(&fs::read(VOICE).unwrap()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn recordings() -> Vec<u8> {
    archive(&[
        "Actor_01/03-01-01-01-01-01-01.wav",
        "Actor_02/03-01-05-02-01-01-02.wav",
    ])
}

fn md5(bytes: &[u8]) -> String {
    let digest = Md5::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A folder that is not there yet, in one of this test's own.
fn target(name: &str) -> PathBuf {
    scratch(&format!("download-{name}")).join("ravdess")
}

fn download(server: &Server, md5: &str, out: &Path) -> Output {
    let url = &server.url;
    train(args!(
        "download --url {url} --md5 {md5} --retries 2 --out {out}"
    ))
}

/// Both recordings are there, and nothing but them.
fn assert_whole(output: Output, out: &Path) {
    assert_says(&stdout(&succeeded(output)), &["2 recordings of 2 actors"]);
    let first = fs::read(out.join("Actor_01/03-01-01-01-01-01-01.wav"));
    assert_eq!(first.unwrap(), fs::read(VOICE).unwrap());
    let n = fs::read_dir(out).unwrap().count();
    assert_eq!(n, 2, "nothing is left over");
}

#[test]
fn recordings_come_once_and_a_folder_of_them_is_used_as_it_is() {
    let (file, out) = (recordings(), target("once"));
    let server = Server::start(file.clone(), Trouble::default());
    assert_whole(download(&server, &md5(&file), &out), &out);
    assert_whole(download(&server, NO_MD5, &out), &out);
    assert_eq!(server.asked(), [None], "no second request");
}

#[test]
fn a_connection_that_drops_is_gone_on_with() {
    let (file, out) = (recordings(), target("drops"));
    let trouble = Trouble {
        cut: 2,
        ..Trouble::default()
    };
    let server = Server::start(file.clone(), trouble);
    assert_whole(download(&server, &md5(&file), &out), &out);
    let third = file.len() / 3;
    assert_eq!(server.asked(), [None, Some(third), Some(2 * third)]);
}

#[test]
fn a_server_without_ranges_sends_it_all_again() {
    let (file, out) = (recordings(), target("no-ranges"));
    let trouble = Trouble {
        no_ranges: true,
        cut: 1,
        ..Trouble::default()
    };
    let server = Server::start(file.clone(), trouble);
    assert_whole(download(&server, &md5(&file), &out), &out);
    assert_eq!(server.asked(), [None, Some(file.len() / 3)]);
}

#[test]
fn what_an_earlier_start_left_is_gone_on_with() {
    let file = recordings();
    let half = file.len() / 2;
    let mut wrong = file.clone();
    wrong[0] ^= 1;
    let longer = [&file[..], b"more"].concat();
    for (name, left, asked) in [
        ("half", &file[..half], vec![Some(half)]),
        ("whole", &file[..], vec![Some(file.len())]),
        ("wrong-half", &wrong[..half], vec![Some(half), None]),
        ("wrong-whole", &wrong[..], vec![Some(file.len()), None]),
        ("too-long", &longer[..], vec![Some(longer.len()), None]),
    ] {
        let out = target(name);
        fs::create_dir_all(out.join(".download")).unwrap();
        fs::write(out.join(".download/archive.zip"), left).unwrap();
        let server = Server::start(file.clone(), Trouble::default());
        assert_whole(download(&server, &md5(&file), &out), &out);
        assert_eq!(server.asked(), asked, "{name}");
    }
}

#[test]
fn a_wrong_checksum_is_an_error_and_leaves_nothing() {
    let (file, out) = (recordings(), target("checksum"));
    let server = Server::start(file.clone(), Trouble::default());
    let error = failed(&download(&server, NO_MD5, &out), 1);
    assert_says(&error, &[NO_MD5, &md5(&file), "--md5"]);
    assert!(!out.join("Actor_01").exists() && !out.join(".download").exists());
    assert_eq!(server.asked(), [None]);
    // The right one then makes it good.
    assert_whole(download(&server, &md5(&file), &out), &out);
}

#[test]
fn errors_of_the_server_are_waited_out_or_told() {
    let (file, out) = (recordings(), target("busy"));
    let busy = |busy| Trouble {
        busy,
        ..Trouble::default()
    };
    let server = Server::start(file.clone(), busy(2));
    assert_whole(download(&server, &md5(&file), &out), &out);

    let out = target("too-busy");
    let server = Server::start(file.clone(), busy(9));
    let error = failed(&download(&server, &md5(&file), &out), 1);
    assert_says(&error, &["503"]);
    assert_eq!(server.asked().len(), 3, "two retries");

    let missing = Trouble {
        missing: true,
        ..Trouble::default()
    };
    let server = Server::start(file, missing);
    let error = failed(&download(&server, NO_MD5, &out), 1);
    assert_says(&error, &["404"]);
    assert_eq!(server.asked().len(), 1, "it will not come by waiting");
}

#[test]
fn an_archive_cannot_write_outside_of_its_folder() {
    let inside = "Actor_01/03-01-01-01-01-01-01.wav";
    for evil in ["../evil.wav", "Actor_01/../../evil.wav"] {
        let (file, out) = (archive(&[inside, evil]), target("evil"));
        let server = Server::start(file.clone(), Trouble::default());
        let error = failed(&download(&server, &md5(&file), &out), 1);
        assert_says(&error, &["evil.wav"]);
        assert!(!out.parent().unwrap().join("evil.wav").exists(), "{evil}");
        assert!(!out.join("Actor_01").exists(), "{evil}");
    }
    // The root is that of the folder.
    let (file, out) = (archive(&[inside, "/evil.wav"]), target("root"));
    let server = Server::start(file.clone(), Trouble::default());
    succeeded(download(&server, &md5(&file), &out));
    assert!(out.join("evil.wav").is_file() && !Path::new("/evil.wav").exists());

    let (file, out) = (b"no archive".to_vec(), target("no-zip"));
    let server = Server::start(file.clone(), Trouble::default());
    let error = failed(&download(&server, &md5(&file), &out), 1);
    assert_says(&error, &["cannot unpack"]);
}

#[test]
fn a_folder_of_other_things_is_left_alone() {
    let out = target("other");
    fs::create_dir(&out).unwrap();
    fs::write(out.join("thesis.txt"), "mine").unwrap();
    let server = Server::start(recordings(), Trouble::default());
    let error = failed(&download(&server, NO_MD5, &out), 1);
    assert_says(&error, &["another folder"]);
    assert!(server.asked().is_empty());
    misused(args!("download --md5 12"));
}
