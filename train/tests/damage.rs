//! Whatever path is named, the program ends by itself, says what is wrong, and does not panic.
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

#[macro_use]
mod support;

use std::fs::{self, File, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use emotionai_voice::DEFAULT_MODEL;

use support::*;

/// A path, and what the program is to say about it.
type Case = (PathBuf, &'static str);

/// Runs the program, and fails where it does not end by itself.
fn run(arguments: &[&str], path: &Path) -> Output {
    let child = program()
        .args(arguments)
        .arg(path)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let id = child.id().to_string();
    let (send, output) = channel();
    thread::spawn(move || send.send(child.wait_with_output().unwrap()));
    output
        .recv_timeout(Duration::from_secs(120))
        .unwrap_or_else(|_| {
            let _ = Command::new("kill").args(["-9", &id]).status();
            panic!("{arguments:?} {} does not end", path.display())
        })
}

/// Fails unless the program ends with 1, says so, and names the path.
fn refuses(arguments: &[&str], path: &Path, says: &str) {
    let output = run(arguments, path);
    let error = String::from_utf8_lossy(&output.stderr);
    let context = format!("{arguments:?} {}: {error}", path.display());
    assert_eq!(output.status.code(), Some(1), "{context}");
    assert!(!has_panicked(&error), "{context}");
    assert!(error.contains(says), "{says:?} in {context}");
    assert!(error.contains(&*path.to_string_lossy()), "{context}");
    assert!(output.stdout.is_empty(), "{context}");
}

fn has_panicked(error: &str) -> bool {
    error.contains("panicked") || error.contains("defect")
}

/// Files that are no whole recording.
fn damaged_files(folder: &Path) -> Vec<Case> {
    let (voice, flac) = (fs::read(VOICE).unwrap(), fs::read(VOICE_FLAC).unwrap());
    let random: Vec<u8> = noise(1).take(5_000).collect();
    let with = |bytes: &[u8], at: usize, new: &[u8]| {
        let mut bytes = bytes.to_vec();
        bytes[at..at + new.len()].copy_from_slice(new);
        bytes
    };
    const CUT: &str = "the file was cut short";
    const NO_AUDIO: &str = "before its audio";
    const RATES: &str = "8000 to 192000 Hz";
    let huge = &u32::MAX.to_le_bytes()[..];
    let list = *b"LIST\xff\xff\xff\xff";
    let tag = b"ID3\x04\0\0\0\0\0\0";
    let lfs = b"version https://git-lfs.github.com/spec/v1\n";
    let flipped = with(&flac, 20_000, &[!flac[20_000]]);
    let after_magic = [&b"fLaC"[..], &random].concat();
    let files = [
        ("empty.wav", vec![], "an empty file"),
        ("empty.flac", vec![], "an empty file"),
        ("three-bytes.wav", voice[..3].to_vec(), "a file of 3 bytes"),
        ("header.wav", voice[..30].to_vec(), "ends before its audio"),
        ("no-sample.wav", wav(&[], 0), "at least 100 ms, got 0 ms"),
        ("one-sample.wav", wav(&[7], 2), "at least 100 ms, got 0 ms"),
        ("truncated.wav", voice[..50_000].to_vec(), CUT),
        ("text.wav", b"not a recording".to_vec(), "starts with"),
        ("random.wav", random.clone(), "starts with"),
        ("random.flac", random.clone(), "starts with"),
        ("riff.wav", [&voice[..12], &random].concat(), NO_AUDIO),
        ("huge-data.wav", wav(&[0; 9_000], u32::MAX - 1), CUT),
        ("huge-fmt.wav", with(&voice, 16, huge), NO_AUDIO),
        ("huge-chunk.wav", with(&voice, 36, &list), NO_AUDIO),
        (
            "no-channel.wav",
            with(&voice, 22, &[0; 2]),
            "at least one channel",
        ),
        ("channels.wav", with(&voice, 22, &[255; 2]), "sample frames"),
        ("huge-rate.wav", with(&voice, 24, huge), RATES),
        ("no-rate.wav", with(&voice, 24, &[0; 4]), RATES),
        ("adpcm.wav", with(&voice, 20, &[2, 0]), "Microsoft ADPCM"),
        ("song.mp3.wav", tag.to_vec(), "an ID3 tag and no audio"),
        ("lfs.wav", lfs.to_vec(), "git lfs pull"),
        ("magic.flac", b"fLaC".to_vec(), CUT),
        ("truncated.flac", flac[..30_000].to_vec(), CUT),
        ("no-frame.flac", flac[..42].to_vec(), "cut short"),
        ("flipped.flac", flipped, "undamaged FLAC"),
        ("random-after-magic.flac", after_magic, "FLAC"),
        // The stream information, said to be 16 MiB long.
        ("huge-block.flac", with(&flac, 5, &[255; 3]), "FLAC"),
    ];
    let cases = files.map(|(name, bytes, says)| {
        let path = folder.join(name);
        fs::write(&path, bytes).unwrap();
        (path, says)
    });
    cases.into()
}

/// Paths that are no file to read.
fn odd_paths(folder: &Path) -> Vec<Case> {
    let path = |name: &str| folder.join(name);
    make_pipe(&path("pipe.wav"));
    symlink(path("itself.wav"), path("itself.wav")).unwrap();
    symlink("nowhere", path("dangling.wav")).unwrap();
    let no_utf8 = std::ffi::OsStr::from_bytes(b"not \xff UTF-8.wav");
    let mut cases = vec![
        (path("pipe.wav"), "a pipe or a device"),
        ("/dev/zero".into(), "a pipe or a device"),
        (path("itself.wav"), "symbolic links"),
        (path("dangling.wav"), "No such file"),
        (path("missing.wav"), "No such file"),
        (path("missing.wav/below"), "No such file"),
        (Path::new(VOICE).join("below"), "Not a directory"),
        (path(&"long".repeat(2_000)), "name too long"),
        (folder.join(no_utf8), "No such file"),
    ];
    let secret = path("secret.wav");
    fs::copy(VOICE, &secret).unwrap();
    cases.extend(forbid(secret));
    cases
}

fn make_pipe(path: &Path) {
    let status = Command::new("mkfifo").arg(path).status();
    assert!(status.unwrap().success());
}

/// A path that may not be read, or a loud word that whoever runs this may read everything.
fn forbid(path: PathBuf) -> Option<Case> {
    fs::set_permissions(&path, Permissions::from_mode(0o000)).unwrap();
    if File::open(&path).is_ok() {
        println!("SKIPPED {}: root may read it", path.display());
        return None;
    }
    Some((path, "Permission denied"))
}

/// Folders without a recording.
fn poor_folders(folder: &Path) -> Vec<PathBuf> {
    let names = ["empty", "notes", "folders", "loop", "pipes"];
    for name in names {
        fs::create_dir(folder.join(name)).unwrap();
    }
    fs::write(folder.join("notes/notes.txt"), "no recording").unwrap();
    fs::create_dir(folder.join("folders/voice.wav")).unwrap();
    symlink("..", folder.join("loop/up")).unwrap();
    symlink(".", folder.join("loop/here.wav")).unwrap();
    make_pipe(&folder.join("pipes/pipe.wav"));
    names.map(|name| folder.join(name)).to_vec()
}

#[test]
fn predict_refuses_what_is_no_recording() {
    let folder = scratch("damage-predict");
    for (path, says) in [damaged_files(&folder), odd_paths(&folder)].concat() {
        refuses(&["predict"], &path, says);
    }
    for path in poor_folders(&scratch("damage-folders")) {
        refuses(&["predict"], &path, "holds no recording");
    }
    let closed = scratch("damage-closed");
    if let Some((path, says)) = forbid(closed.clone()) {
        refuses(&["predict"], &path, says);
    }
    fs::set_permissions(closed, Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn an_empty_path_is_wrong_usage() {
    misused(["predict", ""]);
    misused(["evaluate", "--actors", "1", "--data", ""]);
    misused(["describe", "--model", ""]);
}

#[test]
fn standard_input_that_is_a_folder_is_an_error() {
    for arguments in [&["predict", "-"][..], &["predict", "--files-from", "-"]] {
        let input = File::open(scratch("damage-stdin")).unwrap();
        let output = program().args(arguments).stdin(input).output().unwrap();
        let error = failed(&output, 1);
        assert_eq!(error.lines().count(), 2, "{error}");
        assert_says(&error, &["Is a directory"]);
    }
}

#[test]
fn predict_takes_a_folder_of_such_files_in_its_stride() {
    let folder = scratch("damage-stride").join("inside");
    fs::create_dir(&folder).unwrap();
    let damaged = damaged_files(&folder).len();
    symlink(".", folder.join("loop")).unwrap();
    symlink("itself", folder.join("itself")).unwrap();
    fs::create_dir(folder.join("below")).unwrap();
    symlink(&folder, folder.join("below/again")).unwrap();
    fs::copy(VOICE, folder.join("below/voice.wav")).unwrap();
    let output = run(&["predict"], &folder);
    let error = failed(&output, 1);
    let within = format!("{}/below/voice.wav: ", folder.display());
    let answers = stdout(&output);
    let of_voice = answers.lines().filter(|line| line.starts_with(&within));
    assert_eq!(of_voice.count(), 1, "{answers}");
    let refused = |name: &str| {
        let place = format!("cannot use {}/{name}", folder.display());
        error.lines().filter(|line| line.contains(&place)).count()
    };
    assert_eq!(refused(""), damaged, "{error}");
    assert_eq!(refused("truncated.flac"), 1);
}

#[test]
fn evaluate_refuses_what_is_no_corpus() {
    let folder = scratch("damage-evaluate");
    let evaluate = ["evaluate", "--actors", "1", "--data"];
    let cases = [damaged_files(&folder), odd_paths(&folder)].concat();
    let folders = poor_folders(&scratch("damage-evaluate-folders"));
    for path in cases.into_iter().map(|case| case.0).chain(folders) {
        refuses(&evaluate, &path, "error: ");
    }
    // A corpus of such files: the one that is wrong is named.
    let cases = [damaged_files(&folder), odd_paths(&scratch("damage-odd"))].concat();
    for (number, (path, _)) in cases.into_iter().enumerate() {
        if fs::symlink_metadata(&path).is_err() {
            continue;
        }
        let actor = scratch(&format!("damage-corpus-{number}")).join("Actor_01");
        fs::create_dir(&actor).unwrap();
        symlink(&path, actor.join("03-01-01-01-01-01-01.wav")).unwrap();
        let error = failed(&run(&evaluate, actor.parent().unwrap()), 1);
        // A folder in its place is looked into, and holds nothing.
        let named = match path.is_dir() {
            true => "holds no recording",
            false => "03-01-01-01-01-01-01.wav",
        };
        assert!(error.contains(named), "{}: {error}", path.display());
    }
}

#[test]
fn describe_refuses_what_is_no_model() {
    const DESCRIBE: [&str; 2] = ["describe", "--model"];
    const UNUSABLE: &str = "not a usable model file";
    let folder = scratch("damage-describe");
    for (path, _) in damaged_files(&folder) {
        refuses(&DESCRIBE, &path, UNUSABLE);
    }
    for (path, says) in odd_paths(&folder) {
        refuses(&DESCRIBE, &path, says);
    }
    refuses(&DESCRIBE, &folder, "a folder where a file is expected");
    let path = folder.join("part.emo");
    for length in [1_000, DEFAULT_MODEL.len() - 1] {
        let mut bytes = DEFAULT_MODEL[..length].to_vec();
        fs::write(&path, &bytes).unwrap();
        refuses(&DESCRIBE, &path, UNUSABLE);
        // The length of the header, said to be 4 GiB.
        bytes[8..12].fill(255);
        fs::write(&path, &bytes).unwrap();
        refuses(&DESCRIBE, &path, UNUSABLE);
    }
}

/// Damage that nobody thought of: bytes flipped, moved and cut out of both formats.
#[test]
fn no_damage_makes_a_decoder_panic() {
    let folder = scratch("damage-fuzz");
    let mut random = noise(2);
    let mut below = |n: usize| {
        let bytes = [random.next(), random.next(), random.next(), random.next()];
        u32::from_le_bytes(bytes.map(Option::unwrap)) as usize % n
    };
    let mut count = 0;
    let stereo = Path::new(VOICE_FLAC).with_file_name("stereo-24-bit.flac");
    for (file, extension) in [
        (Path::new(VOICE), "wav"),
        (Path::new(VOICE_FLAC), "flac"),
        (&stereo, "flac"),
    ] {
        let source = fs::read(file).unwrap();
        for _ in 0..100 {
            let mut bytes = source.clone();
            for _ in 0..=below(4) {
                // The headers are where the numbers are that others rely on.
                let end = if below(2) == 0 { 60 } else { bytes.len() };
                let at = below(end.min(bytes.len()));
                match below(4) {
                    0 => bytes[at] ^= 1 << below(8),
                    1 => bytes[at] = [0, 255, 127, 128][below(4)],
                    2 => drop(bytes.drain(at..(at + 1 + below(64)).min(bytes.len()))),
                    _ => {
                        let part = bytes[at..(at + 1 + below(64)).min(bytes.len())].to_vec();
                        drop(bytes.splice(at..at, part));
                    }
                }
            }
            fs::write(folder.join(format!("{count:03}.{extension}")), bytes).unwrap();
            count += 1;
        }
    }
    let output = run(&["predict"], &folder);
    let error = stderr(&output);
    assert!(!has_panicked(&error), "{error}");
    let answered = stdout(&output).lines().count();
    // Each is answered or named, and the last line is the sum.
    assert_eq!(answered + error.lines().count(), count + 1, "{error}");
    assert!(answered > 0 && answered < count, "{answered} of {count}");
}

/// Bytes without a pattern, always the same (xorshift, Marsaglia 2003).
fn noise(seed: u32) -> impl Iterator<Item = u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9) | 1;
    std::iter::from_fn(move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        Some((state >> 24) as u8)
    })
}
