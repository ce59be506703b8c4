//! Whatever path is named, the program ends by itself, says what is wrong, and does not panic.
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

mod support;

use std::fs::{self, File, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use support::{VOICE, VOICE_FLAC, program, scratch, stderr, stdout, wav};

/// A path, and what the program is to say about it.
struct Case {
    path: PathBuf,
    says: &'static str,
}

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
fn refuses(arguments: &[&str], case: &Case) {
    let output = run(arguments, &case.path);
    let error = String::from_utf8_lossy(&output.stderr);
    let context = format!("{arguments:?} {}: {error}", case.path.display());
    assert_eq!(output.status.code(), Some(1), "{context}");
    assert!(
        !error.contains("panicked") && !error.contains("defect"),
        "{context}"
    );
    assert!(error.contains(case.says), "{:?} in {context}", case.says);
    assert!(error.contains(&*case.path.to_string_lossy()), "{context}");
    assert!(output.stdout.is_empty(), "{context}");
}

fn made(folder: &Path, files: &[(&str, Vec<u8>, &'static str)]) -> Vec<Case> {
    let cases = files.iter().map(|(name, bytes, says)| {
        let path = folder.join(name);
        fs::write(&path, bytes).unwrap();
        Case { path, says }
    });
    cases.collect()
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
    let huge = &u32::MAX.to_le_bytes()[..];
    made(
        folder,
        &[
            ("empty.wav", vec![], "an empty file"),
            ("empty.flac", vec![], "an empty file"),
            ("three-bytes.wav", voice[..3].to_vec(), "a file of 3 bytes"),
            ("header.wav", voice[..30].to_vec(), "ends before its audio"),
            ("no-sample.wav", wav(&[], 0), "at least 100 ms, got 0 ms"),
            ("one-sample.wav", wav(&[7], 2), "at least 100 ms, got 0 ms"),
            (
                "truncated.wav",
                voice[..50_000].to_vec(),
                "the file was cut short",
            ),
            ("text.wav", b"not a recording".to_vec(), "starts with"),
            ("random.wav", random.clone(), "starts with"),
            ("random.flac", random.clone(), "starts with"),
            (
                "random-after-riff.wav",
                [&voice[..12], &random].concat(),
                "before its audio",
            ),
            (
                "huge-data.wav",
                wav(&[0; 9_000], u32::MAX - 1),
                "the file was cut short",
            ),
            ("huge-fmt.wav", with(&voice, 16, huge), "before its audio"),
            (
                "huge-other-chunk.wav",
                with(&voice, 36, b"LIST\xff\xff\xff\xff"),
                "before its audio",
            ),
            (
                "no-channel.wav",
                with(&voice, 22, &[0, 0]),
                "at least one channel",
            ),
            (
                "many-channels.wav",
                with(&voice, 22, &[255, 255]),
                "sample frames",
            ),
            ("huge-rate.wav", with(&voice, 24, huge), "8000 to 192000 Hz"),
            (
                "no-rate.wav",
                with(&voice, 24, &[0; 4]),
                "8000 to 192000 Hz",
            ),
            ("adpcm.wav", with(&voice, 20, &[2, 0]), "Microsoft ADPCM"),
            (
                "song.mp3.wav",
                b"ID3\x04\0\0\0\0\0\0".to_vec(),
                "an ID3 tag and no audio",
            ),
            (
                "lfs.wav",
                b"version https://git-lfs.github.com/spec/v1\n".to_vec(),
                "git lfs pull",
            ),
            ("magic.flac", b"fLaC".to_vec(), "the file was cut short"),
            (
                "truncated.flac",
                flac[..30_000].to_vec(),
                "the file was cut short",
            ),
            ("no-frame.flac", flac[..42].to_vec(), "cut short"),
            (
                "flipped.flac",
                with(&flac, 20_000, &[!flac[20_000]]),
                "undamaged FLAC",
            ),
            (
                "random-after-magic.flac",
                [&b"fLaC"[..], &random].concat(),
                "FLAC",
            ),
            // The stream information, said to be 16 MiB long.
            ("huge-block.flac", with(&flac, 5, &[255; 3]), "FLAC"),
        ],
    )
}

/// Paths that are no file to read.
fn odd_paths(folder: &Path) -> Vec<Case> {
    let path = |name: &str| folder.join(name);
    let fifo = path("pipe.wav");
    assert!(
        Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    symlink(path("itself.wav"), path("itself.wav")).unwrap();
    symlink("nowhere", path("dangling.wav")).unwrap();
    let mut cases = vec![
        Case {
            path: fifo,
            says: "a pipe or a device",
        },
        Case {
            path: "/dev/zero".into(),
            says: "a pipe or a device",
        },
        Case {
            path: path("itself.wav"),
            says: "symbolic links",
        },
        Case {
            path: path("dangling.wav"),
            says: "No such file",
        },
        Case {
            path: path("missing.wav"),
            says: "No such file",
        },
        Case {
            path: path("missing.wav").join("below"),
            says: "No such file",
        },
        Case {
            path: Path::new(VOICE).join("below"),
            says: "Not a directory",
        },
        Case {
            path: path(&"long".repeat(2_000)),
            says: "name too long",
        },
        Case {
            path: folder.join(std::ffi::OsStr::from_bytes(b"not \xff UTF-8.wav")),
            says: "No such file",
        },
    ];
    let secret = path("secret.wav");
    fs::copy(VOICE, &secret).unwrap();
    cases.extend(forbid(secret));
    cases
}

/// A path that may not be read, or a loud word that whoever runs this may read everything.
fn forbid(path: PathBuf) -> Option<Case> {
    fs::set_permissions(&path, Permissions::from_mode(0o000)).unwrap();
    if File::open(&path).is_ok() {
        println!("SKIPPED {}: root may read it", path.display());
        return None;
    }
    Some(Case {
        path,
        says: "Permission denied",
    })
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
    let fifo = folder.join("pipes/pipe.wav");
    assert!(Command::new("mkfifo").arg(fifo).status().unwrap().success());
    names.map(|name| folder.join(name)).to_vec()
}

#[test]
fn predict_refuses_what_is_no_recording() {
    let folder = scratch("damage-predict");
    for case in damaged_files(&folder).iter().chain(&odd_paths(&folder)) {
        refuses(&["predict"], case);
    }
    for path in poor_folders(&scratch("damage-folders")) {
        refuses(
            &["predict"],
            &Case {
                path,
                says: "holds no recording",
            },
        );
    }
    let closed = scratch("damage-closed");
    if let Some(case) = forbid(closed.clone()) {
        refuses(&["predict"], &case);
    }
    fs::set_permissions(closed, Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn an_empty_path_is_wrong_usage() {
    for arguments in [
        &["predict"][..],
        &["evaluate", "--actors", "1", "--data"],
        &["describe", "--model"],
    ] {
        assert_eq!(
            run(arguments, Path::new("")).status.code(),
            Some(2),
            "{arguments:?}"
        );
    }
}

#[test]
fn standard_input_that_is_a_folder_is_an_error() {
    for arguments in [&["predict", "-"][..], &["predict", "--files-from", "-"]] {
        let input = File::open(scratch("damage-stdin")).unwrap();
        let output = program().args(arguments).stdin(input).output().unwrap();
        let error = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert_eq!(error.lines().count(), 2, "{error}");
        assert!(error.contains("Is a directory"), "{error}");
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
    let error = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(!error.contains("panicked"), "{error}");
    let within = format!("{}/below/voice.wav: ", folder.display());
    let answers = stdout(&output);
    assert_eq!(
        answers
            .lines()
            .filter(|line| line.starts_with(&within))
            .count(),
        1,
        "{answers}"
    );
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
    for mut case in damaged_files(&folder).into_iter().chain(odd_paths(&folder)) {
        case.says = "error: ";
        refuses(&evaluate, &case);
    }
    for path in poor_folders(&scratch("damage-evaluate-folders")) {
        refuses(
            &evaluate,
            &Case {
                path,
                says: "error: ",
            },
        );
    }
    // A corpus of such files: the one that is wrong is named.
    for (number, case) in damaged_files(&folder)
        .iter()
        .chain(&odd_paths(&scratch("damage-odd")))
        .enumerate()
    {
        if fs::symlink_metadata(&case.path).is_err() {
            continue;
        }
        let actor = scratch(&format!("damage-corpus-{number}")).join("Actor_01");
        fs::create_dir(&actor).unwrap();
        let clip = actor.join("03-01-01-01-01-01-01.wav");
        symlink(&case.path, clip).unwrap();
        let output = run(&evaluate, actor.parent().unwrap());
        let error = stderr(&output);
        assert_eq!(
            output.status.code(),
            Some(1),
            "{}: {error}",
            case.path.display()
        );
        assert!(!error.contains("panicked"), "{error}");
        // A folder in its place is looked into, and holds nothing.
        let named = match case.path.is_dir() {
            true => "holds no recording",
            false => "03-01-01-01-01-01-01.wav",
        };
        assert!(error.contains(named), "{}: {error}", case.path.display());
    }
}

#[test]
fn describe_refuses_what_is_no_model() {
    let folder = scratch("damage-describe");
    for mut case in damaged_files(&folder) {
        case.says = "not a usable model file";
        refuses(&["describe", "--model"], &case);
    }
    for case in odd_paths(&folder) {
        refuses(&["describe", "--model"], &case);
    }
    let says = "a folder where a file is expected";
    refuses(
        &["describe", "--model"],
        &Case {
            path: folder.clone(),
            says,
        },
    );
    for mut bytes in [
        emotionai_voice::DEFAULT_MODEL[..1_000].to_vec(),
        emotionai_voice::DEFAULT_MODEL[..emotionai_voice::DEFAULT_MODEL.len() - 1].to_vec(),
    ] {
        let path = folder.join("part.emo");
        fs::write(&path, &bytes).unwrap();
        refuses(
            &["describe", "--model"],
            &Case {
                path: path.clone(),
                says: "not a usable model file",
            },
        );
        // The length of the header, said to be 4 GiB.
        bytes[8..12].fill(255);
        fs::write(&path, &bytes).unwrap();
        refuses(
            &["describe", "--model"],
            &Case {
                path,
                says: "not a usable model file",
            },
        );
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
    for (source, extension) in [
        (fs::read(VOICE).unwrap(), "wav"),
        (fs::read(VOICE_FLAC).unwrap(), "flac"),
        (
            fs::read(Path::new(VOICE_FLAC).with_file_name("stereo-24-bit.flac")).unwrap(),
            "flac",
        ),
    ] {
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
    assert!(
        !error.contains("panicked") && !error.contains("defect"),
        "{error}"
    );
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
