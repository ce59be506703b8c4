//! `train predict`, run as a user runs it.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

#[macro_use]
mod support;

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Output, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use support::*;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");

fn answers(options: &[&str]) -> Vec<Value> {
    json_lines(&done(args!("predict --json {options...}")))
}

/// Runs `predict` with `input` on its standard input.
fn piped(options: &[&str], input: &[u8]) -> Output {
    let mut child = start(options);
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn start(options: &[&str]) -> Child {
    let mut command = program();
    command.arg("predict").args(options);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().unwrap()
}

#[test]
fn answers_come_as_json_lines() {
    let lines = answers(&[VOICE, VOICE]);
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0], lines[1]);
    assert_eq!(lines[0]["path"], VOICE);
    assert!(["speech", "uncertain"].contains(&lines[0]["state"].as_str().unwrap()));
    let probabilities = lines[0]["probabilities"].as_object().unwrap();
    assert_eq!(probabilities.len(), 8);
    let sum: f64 = probabilities.values().map(number).sum();
    assert!((sum - 1.0).abs() < 1e-5);
    assert!(len(&lines[0]["windows"]) > 3);
}

#[test]
fn an_enrolled_speaker_is_answered_with_a_profile() {
    let folder = scratch("enroll");
    // The shipped network in a file that says it was calibrated for speaker profiles, or was not.
    let [with, without] = [Some(vec![0.0; 8]), None].map(|neutral| {
        let path = folder.join(format!("profiles-{}.emo", neutral.is_some()));
        text(&changed_model(path, |model| {
            model.header.calibration.neutral = neutral
        }))
    });
    let probabilities = |options: &[&str]| {
        answers(&[&["--model", &with], options].concat())[0]["probabilities"].clone()
    };
    let enrolled = probabilities(&["--enroll", VOICE, VOICE]);
    assert_ne!(enrolled, probabilities(&[VOICE]));
    let from_two = probabilities(&["--enroll", VOICE, "--enroll", VOICE, VOICE]);
    assert_eq!(
        from_two, enrolled,
        "the same voice, enrolled from two files"
    );

    let output = train(args!("predict --model {without} --enroll {VOICE} {VOICE}"));
    assert_says(&failed(&output, 1), &["calibrated for speaker profiles"]);
    assert_eq!(stdout(&output), "", "no file is answered as if it were");
}

#[test]
fn what_cannot_be_used_is_named_and_the_rest_is_answered() {
    let folder = scratch("bad");
    let [bad, missing] = ["text.wav", "missing.wav"].map(|name| text(&folder.join(name)));
    fs::write(&bad, "not a recording").unwrap();
    let output = train(args!("predict {bad} {VOICE} {missing}"));
    assert_says(&failed(&output, 1), &[&bad, &missing]);
    assert_eq!(
        stdout(&output).lines().count(),
        1,
        "the good file is answered"
    );
    assert_says(
        &refused(args!("predict --model {VOICE} {VOICE}")),
        &["emotionai_voice"],
    );
}

#[test]
fn a_flac_is_answered_as_the_wav_of_its_samples() {
    let stereo = |extension: &str| format!("{DATA}/stereo-24-bit.{extension}");
    for (wav, flac) in [
        (VOICE.to_owned(), VOICE_FLAC.to_owned()),
        (stereo("wav"), stereo("flac")),
    ] {
        let mut found = answers(&[&wav, &flac]);
        assert!(len(&found[0]["windows"]) > 0);
        assert_eq!(found[0]["path"].take(), wav);
        assert_eq!(found[1]["path"].take(), flac);
        assert_eq!(found[0], found[1], "{flac}");
    }
}

#[test]
fn standard_input_is_a_recording() {
    let named = answers(&[VOICE]);
    for file in [VOICE, VOICE_FLAC] {
        let output = piped(&["--json", "-"], &fs::read(file).unwrap());
        let mut output = json_lines(&stdout(&output));
        assert_eq!(output[0]["path"], "-");
        output[0]["path"] = VOICE.into();
        assert_eq!(output, named, "{file}");
    }
    let error = failed(&piped(&["-"], b""), 1);
    assert_says(&error, &["cannot use standard input", "an empty file"]);
}

#[test]
fn folders_are_searched_through_all_levels_in_the_order_of_names() {
    let root = scratch("folders");
    for (name, source) in [
        ("b/deep/er/one.WAV", VOICE),
        ("b/two.wav", VOICE),
        ("a/three.flac", VOICE_FLAC),
        ("four.wave", VOICE),
    ] {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(source, path).unwrap();
    }
    fs::write(root.join("b/notes.txt"), "no recording").unwrap();
    fs::create_dir(root.join("b/folder.wav")).unwrap();
    let root = text(&root);
    let found = answers(&[&root, VOICE]);
    let paths: Vec<&Value> = found.iter().map(|answer| &answer["path"]).collect();
    let names = [
        "a/three.flac",
        "b/deep/er/one.WAV",
        "b/two.wav",
        "four.wave",
    ];
    let within = names.map(|name| format!("{root}/{name}"));
    assert_eq!(paths[..4], within.each_ref().map(|path| path.as_str()));
    assert_eq!(paths[4..], [VOICE]);
}

#[test]
fn the_table_is_aligned_and_the_lines_are_plain() {
    let silence = scratch("table").join("silence.wav");
    fs::write(&silence, wav(&[0; 16_000], 32_000)).unwrap();
    let silence = silence.to_str().unwrap();
    let table = done(args!("predict --table {VOICE} {silence}"));
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 3, "{table}");
    for (line, cell) in [(0, "file"), (1, VOICE), (2, silence)] {
        assert_eq!(lines[line].find(cell), lines[0].find("file"), "{table}");
    }
    assert!(lines[2].starts_with("no speech"), "{table}");
    assert!(lines[1].contains("3.4"), "its length: {table}");

    let plain = done(args!("predict {VOICE} {silence}"));
    let lines: Vec<&str> = plain.lines().collect();
    assert!(lines[0].starts_with(&format!("{VOICE}: ")), "{plain}");
    assert_eq!(lines[1], format!("{silence}: no speech"));
}

#[test]
fn csv_has_a_header_and_quotes_what_must_be_quoted() {
    let file = scratch("csv").join("a \"b\", c.wav");
    fs::copy(VOICE, &file).unwrap();
    let file = file.to_str().unwrap();
    let written = done(args!("predict --csv {file} {VOICE}"));
    let mut reader = csv::Reader::from_reader(written.as_bytes());
    let header = reader.headers().unwrap().clone();
    assert_eq!(&header[0], "path");
    assert_eq!(header.len(), 8 + 8);
    let column = |name: &str| header.iter().position(|field| field == name).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(&rows[0][0], file);
    let answer = &answers(&[VOICE])[0];
    assert_eq!(&rows[1][column("state")], answer["state"].as_str().unwrap());
    for (name, value) in answer["probabilities"].as_object().unwrap() {
        let written: f32 = rows[1][column(&format!("p_{name}"))].parse().unwrap();
        assert_eq!(written, value.as_f64().unwrap() as f32, "{name}");
    }
}

#[test]
fn a_timeline_has_a_row_for_each_window() {
    let whole = &answers(&[VOICE])[0];
    let windows = whole["windows"].as_array().unwrap();
    for option in ["--timeline", "--windows"] {
        let rows = answers(&[option, VOICE]);
        assert_eq!(rows.len(), windows.len());
        for (row, window) in rows.iter().zip(windows) {
            assert_eq!(row["path"], VOICE);
            for field in ["startMs", "endMs", "label", "probabilities", "state"] {
                assert_eq!(row[field], window[field], "{field}");
            }
            assert_eq!(row.get("windows"), None);
        }
    }
    for format in ["--csv", "--table"] {
        let text = done(args!("predict --timeline {format} {VOICE}"));
        assert_eq!(text.lines().count(), windows.len() + 1);
    }
    let dense = answers(&["--timeline", "--hop-ms", "100", VOICE]);
    assert!(dense.len() > windows.len(), "a shorter hop, more windows");
    let hop = refused(args!("predict --hop-ms 600001 {VOICE}"));
    assert_says(&hop, &["hop above 0"]);
}

#[test]
fn how_fast_it_was_is_said_on_standard_error() {
    let error = refused(args!("predict {VOICE} {VOICE_FLAC} /no/such.wav"));
    let last = error.lines().last().unwrap();
    let start = "2 of 3 files answered: 6.8 s of audio in ";
    assert!(last.starts_with(start), "{last}");
    assert_says(last, &[" times real time on "]);
}

#[test]
fn all_cores_answer_as_one_does() {
    let root = scratch("cores");
    let voice = fs::read(VOICE).unwrap();
    let samples = voice[44..].as_chunks().0.iter().copied();
    let samples: Vec<i16> = samples.map(i16::from_le_bytes).collect();
    for i in 0..30 {
        let part = &samples[i * 500..];
        let bytes = wav(part, 2 * part.len() as u32);
        fs::write(root.join(format!("{i:02}.wav")), bytes).unwrap();
    }
    let one = done(args!("predict --json --jobs 1 {root}"));
    assert_eq!(one.lines().count(), 30);
    assert!(one == done(args!("predict --json {root}")));
    assert!(one == done(args!("predict --json --jobs 7 {root}")));
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
        let answer = json(&line);
        assert_eq!(answer["path"], path);
        let is_good = [VOICE, VOICE_FLAC].contains(&path);
        assert_eq!(answer["error"].is_string(), !is_good, "{line}");
    }
    drop(stdin);
    let code = child.wait().unwrap().code();
    assert_eq!(code, Some(1), "some could not be used");
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
        let answers = json_lines(&stdout(&succeeded(output)));
        assert_eq!(answers.len(), 2);
        assert_eq!(answers[1]["path"], odd);
    }
    let file = root.join("list.txt");
    // Empty lines, the line ends of Windows, and no end at all.
    fs::write(&file, format!("\n{VOICE}\r\n\n{VOICE_FLAC}")).unwrap();
    let answers = json_lines(&done(args!("predict --json --files-from {file}")));
    let paths: Vec<&Value> = answers.iter().map(|answer| &answer["path"]).collect();
    assert_eq!(paths, [VOICE, VOICE_FLAC]);

    let error = refused(args!("predict --files-from /no/such/list"));
    assert_says(&error, &["/no/such/list"]);
}

#[test]
fn contradictory_options_are_wrong_usage() {
    misused(args!("predict --json --csv {VOICE}"));
    misused(args!("predict --files-from - {VOICE}"));
    misused(args!("predict --null {VOICE}"));
    misused(args!("predict --jobs 0 {VOICE}"));
}

#[test]
fn whoever_stops_reading_is_left_in_peace() {
    let many = vec![VOICE; 50];
    let mut child = start(&[&["--json"][..], &many].concat());
    let mut answers = BufReader::new(child.stdout.take().unwrap());
    answers.read_line(&mut String::new()).unwrap();
    drop(answers);
    let mut error = String::new();
    let mut stderr = child.stderr.take().unwrap();
    stderr.read_to_string(&mut error).unwrap();
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
        assert_says(&failed(&output, 1), &["cannot write to standard output"]);
    }
}

#[test]
fn a_hundred_thousand_files_are_taken_one_by_one() {
    let root = scratch("hundred-thousand");
    for i in 0..100_000 {
        File::create(root.join(format!("{i:06}.wav"))).unwrap();
    }
    fs::copy(VOICE, root.join("middle.wav")).unwrap();
    let output = train(args!("predict {root}"));
    assert_eq!(stdout(&output).lines().count(), 1);
    let error = failed(&output, 1);
    let errors: Vec<&str> = error.lines().collect();
    assert_eq!(errors.len(), 100_001);
    assert_says(errors[99_999], &["099999.wav"]);
    assert!(errors[100_000].starts_with("1 of 100001 files answered"));
    fs::remove_dir_all(root).unwrap();
}

/// `predict ... | head -1`: a reader who needs no more is no failure.
#[test]
fn a_closed_pipe_is_no_failure_and_no_panic() {
    let mut child = start(&["--json", VOICE, VOICE]);
    drop(child.stdout.take());
    let said = stderr(&succeeded(child.wait_with_output().unwrap()));
    assert!(!said.contains("panicked"), "{said}");
}
