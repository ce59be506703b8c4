//! `train predict`, run as a user runs it.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

mod support;

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Output, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use serde_json::Value;
use support::{VOICE, VOICE_FLAC, program, scratch, stderr, stdout, train, wav};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");

fn json(output: &Output) -> Vec<Value> {
    let text = stdout(output);
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    lines.collect()
}

/// Runs `predict` with `input` on its standard input.
fn piped(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = start(arguments);
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn start(arguments: &[&str]) -> Child {
    program()
        .arg("predict")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn a_flac_is_answered_as_the_wav_of_its_samples() {
    let stereo = |extension: &str| format!("{DATA}/stereo-24-bit.{extension}");
    for (wav, flac) in [
        (VOICE.to_owned(), VOICE_FLAC.to_owned()),
        (stereo("wav"), stereo("flac")),
    ] {
        let mut answers = json(&train(&["predict", "--json", &wav, &flac]));
        assert_eq!(answers[0]["path"], wav);
        assert_eq!(answers[1]["path"], flac);
        assert!(!answers[0]["windows"].as_array().unwrap().is_empty());
        for answer in &mut answers {
            answer["path"].take();
        }
        assert_eq!(answers[0], answers[1], "{flac}");
    }
}

#[test]
fn standard_input_is_a_recording() {
    let named = json(&train(&["predict", "--json", VOICE]));
    for file in [VOICE, VOICE_FLAC] {
        let mut output = json(&piped(&["--json", "-"], &fs::read(file).unwrap()));
        assert_eq!(output[0]["path"], "-");
        output[0]["path"] = VOICE.into();
        assert_eq!(output, named, "{file}");
    }
    let nothing = piped(&["-"], b"");
    assert_eq!(nothing.status.code(), Some(1));
    let error = stderr(&nothing);
    assert!(error.contains("cannot use standard input"), "{error}");
    assert!(error.contains("an empty file"), "{error}");
}

#[test]
fn folders_are_searched_through_all_levels_in_the_order_of_names() {
    let root = scratch("folders");
    for name in [
        "b/deep/er/one.WAV",
        "b/two.wav",
        "a/three.flac",
        "four.wave",
    ] {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let source = if name.ends_with("flac") {
            VOICE_FLAC
        } else {
            VOICE
        };
        fs::copy(source, path).unwrap();
    }
    fs::write(root.join("b/notes.txt"), "no recording").unwrap();
    fs::create_dir(root.join("b/folder.wav")).unwrap();
    let root = root.to_str().unwrap();
    let answers = json(&train(&["predict", "--json", root, VOICE]));
    let paths: Vec<&str> = answers
        .iter()
        .map(|a| a["path"].as_str().unwrap())
        .collect();
    let within = |name: &str| format!("{root}/{name}");
    let expected = [
        within("a/three.flac"),
        within("b/deep/er/one.WAV"),
        within("b/two.wav"),
        within("four.wave"),
        VOICE.to_owned(),
    ];
    assert_eq!(paths, expected);
}

#[test]
fn the_table_is_aligned_and_the_lines_are_plain() {
    let silence = scratch("table").join("silence.wav");
    fs::write(&silence, wav(&[0; 16_000], 32_000)).unwrap();
    let silence = silence.to_str().unwrap();
    let output = train(&["predict", "--table", VOICE, silence]);
    assert!(output.status.success(), "{}", stderr(&output));
    let table = stdout(&output);
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 3, "{table}");
    for (line, cell) in [(0, "file"), (1, VOICE), (2, silence)] {
        assert_eq!(lines[line].find(cell), lines[0].find("file"), "{table}");
    }
    assert!(lines[2].starts_with("no speech"), "{table}");
    assert!(lines[1].contains("3.4"), "its length: {table}");

    let plain = stdout(&train(&["predict", VOICE, silence]));
    let lines: Vec<&str> = plain.lines().collect();
    assert!(lines[0].starts_with(&format!("{VOICE}: ")), "{plain}");
    assert_eq!(lines[1], format!("{silence}: no speech"));
}

#[test]
fn csv_has_a_header_and_quotes_what_must_be_quoted() {
    let file = scratch("csv").join("a \"b\", c.wav");
    fs::copy(VOICE, &file).unwrap();
    let file = file.to_str().unwrap();
    let output = train(&["predict", "--csv", file, VOICE]);
    let mut reader = csv::Reader::from_reader(&output.stdout[..]);
    let header = reader.headers().unwrap().clone();
    assert_eq!(&header[0], "path");
    assert_eq!(header.len(), 8 + 8);
    let column = |name: &str| header.iter().position(|field| field == name).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(&rows[0][0], file);
    let answer = &json(&train(&["predict", "--json", VOICE]))[0];
    assert_eq!(&rows[1][column("state")], answer["state"].as_str().unwrap());
    for (name, value) in answer["probabilities"].as_object().unwrap() {
        let written: f32 = rows[1][column(&format!("p_{name}"))].parse().unwrap();
        assert_eq!(written, value.as_f64().unwrap() as f32, "{name}");
    }
}

#[test]
fn a_timeline_has_a_row_for_each_window() {
    let whole = &json(&train(&["predict", "--json", VOICE]))[0];
    let windows = whole["windows"].as_array().unwrap();
    for option in ["--timeline", "--windows"] {
        let rows = json(&train(&["predict", "--json", option, VOICE]));
        assert_eq!(rows.len(), windows.len());
        for (row, window) in rows.iter().zip(windows) {
            assert_eq!(row["path"], VOICE);
            for field in ["startMs", "endMs", "label", "probabilities", "state"] {
                assert_eq!(row[field], window[field], "{field}");
            }
            assert_eq!(row.get("windows"), None);
        }
    }
    let count = |format: &str| {
        let text = stdout(&train(&["predict", "--timeline", format, VOICE]));
        text.lines().count()
    };
    assert_eq!(count("--csv"), windows.len() + 1);
    assert_eq!(count("--table"), windows.len() + 1);
    let dense = json(&train(&[
        "predict",
        "--json",
        "--timeline",
        "--hop-ms",
        "100",
        VOICE,
    ]));
    assert!(dense.len() > windows.len(), "a shorter hop, more windows");
    let hop = train(&["predict", "--hop-ms", "600001", VOICE]);
    assert_eq!(hop.status.code(), Some(1));
    assert!(stderr(&hop).contains("hop above 0"), "{}", stderr(&hop));
}

#[test]
fn how_fast_it_was_is_said_on_standard_error() {
    let output = train(&["predict", VOICE, VOICE_FLAC, "/no/such.wav"]);
    let error = stderr(&output);
    let last = error.lines().last().unwrap();
    assert!(
        last.starts_with("2 of 3 files answered: 6.8 s of audio in "),
        "{last}"
    );
    assert!(last.contains(" times real time on "), "{last}");
}

#[test]
fn all_cores_answer_as_one_does() {
    let root = scratch("cores");
    let voice = fs::read(VOICE).unwrap();
    let samples: Vec<i16> = voice[44..]
        .chunks_exact(2)
        .map(|b| i16::from_le_bytes([b[0], b[1]]))
        .collect();
    for i in 0..30 {
        let part = &samples[i * 500..];
        fs::write(
            root.join(format!("{i:02}.wav")),
            wav(part, 2 * part.len() as u32),
        )
        .unwrap();
    }
    let root = root.to_str().unwrap();
    let one = train(&["predict", "--json", "--jobs", "1", root]);
    assert_eq!(stdout(&one).lines().count(), 30);
    assert!(one.stdout == train(&["predict", "--json", root]).stdout);
    assert!(one.stdout == train(&["predict", "--json", "--jobs", "7", root]).stdout);
}

#[test]
fn an_answer_comes_before_the_next_path_is_asked_for() {
    let mut child = start(&["--json", "--files-from", "-"]);
    let mut stdin = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap());
    let (send, lines) = channel();
    thread::spawn(move || {
        let mut line = String::new();
        while answers.read_line(&mut line).unwrap() > 0 {
            send.send(std::mem::take(&mut line)).unwrap();
        }
    });
    for path in [VOICE, "/no/such file.wav", "-", VOICE_FLAC, DATA] {
        writeln!(stdin, "{path}").unwrap();
        // A program that waits for more paths never answers.
        let line = lines.recv_timeout(Duration::from_secs(60)).unwrap();
        let answer: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(answer["path"], path);
        assert_eq!(
            answer["error"].is_string(),
            ![VOICE, VOICE_FLAC].contains(&path),
            "{line}"
        );
    }
    drop(stdin);
    assert_eq!(
        child.wait().unwrap().code(),
        Some(1),
        "some could not be used"
    );
    assert!(lines.recv().is_err(), "no answer too many");
}

#[test]
fn a_list_may_end_its_paths_with_nul_or_come_from_a_file() {
    let root = scratch("list");
    let odd = root.join("two\nlines.wav");
    fs::copy(VOICE, &odd).unwrap();
    let odd = odd.to_str().unwrap();
    let list = format!("{VOICE}\0{odd}\0");
    for option in ["-0", "--null"] {
        let output = piped(&["--json", "--files-from", "-", option], list.as_bytes());
        assert!(output.status.success(), "{}", stderr(&output));
        let answers = json(&output);
        assert_eq!(answers.len(), 2);
        assert_eq!(answers[1]["path"], odd);
    }
    let file = root.join("list.txt");
    // Empty lines, the line ends of Windows, and no end at all.
    fs::write(&file, format!("\n{VOICE}\r\n\n{VOICE_FLAC}")).unwrap();
    let output = train(&["predict", "--json", "--files-from", file.to_str().unwrap()]);
    assert!(output.status.success(), "{}", stderr(&output));
    let paths: Vec<Value> = json(&output).iter().map(|a| a["path"].clone()).collect();
    assert_eq!(paths, [VOICE, VOICE_FLAC]);

    let missing = train(&["predict", "--files-from", "/no/such/list"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(stderr(&missing).contains("/no/such/list"));
}

#[test]
fn contradictory_options_are_wrong_usage() {
    for arguments in [
        &["predict", "--json", "--csv", VOICE][..],
        &["predict", "--files-from", "-", VOICE],
        &["predict", "--null", VOICE],
        &["predict", "--jobs", "0", VOICE],
    ] {
        assert_eq!(train(arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn whoever_stops_reading_is_left_in_peace() {
    let many = vec![VOICE; 50];
    let mut child = start(&[&["--json"][..], &many].concat());
    let mut answers = BufReader::new(child.stdout.take().unwrap());
    answers.read_line(&mut String::new()).unwrap();
    drop(answers);
    let mut error = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut error)
        .unwrap();
    assert_eq!(error, "");
    assert_eq!(child.wait().unwrap().code(), Some(0));

    // While it waits for a path that never comes.
    let mut child = start(&["--json", "--files-from", "-"]);
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    writeln!(stdin, "{VOICE}").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    drop(stdin);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error_and_no_panic() {
    for arguments in [
        &["predict", VOICE][..],
        &["describe"],
        &["completions", "bash"],
    ] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = program().args(arguments).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let error = stderr(&output);
        assert!(error.contains("cannot write to standard output"), "{error}");
        assert!(!error.contains("panicked"), "{error}");
    }
}

#[test]
fn a_hundred_thousand_files_are_taken_one_by_one() {
    let root = scratch("hundred-thousand");
    for i in 0..100_000 {
        File::create(root.join(format!("{i:06}.wav"))).unwrap();
    }
    fs::copy(VOICE, root.join("middle.wav")).unwrap();
    let (errors, answers) = (root.join("errors.txt"), root.join("answers.txt"));
    let status = program()
        .args(["predict", root.to_str().unwrap()])
        .stdout(File::create(&answers).unwrap())
        .stderr(File::create(&errors).unwrap())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(1));
    assert_eq!(lines(&answers).len(), 1);
    let errors = lines(&errors);
    assert_eq!(errors.len(), 100_001);
    assert!(errors[99_999].contains("099999.wav"), "{}", errors[99_999]);
    assert!(errors[100_000].starts_with("1 of 100001 files answered"));
    fs::remove_dir_all(root).unwrap();
}

fn lines(path: &Path) -> Vec<String> {
    BufReader::new(File::open(path).unwrap())
        .lines()
        .map(Result::unwrap)
        .collect()
}

/// `predict ... | head -1`: a reader who needs no more is no failure.
#[test]
fn a_closed_pipe_is_no_failure_and_no_panic() {
    let mut predict = program();
    predict.args(["predict", "--json", VOICE, VOICE]);
    let mut child = predict
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let said = stderr(&output);
    assert!(
        output.status.success() && !said.contains("panicked"),
        "{said}"
    );
}
