//! The rooms of the core and of the trainer: who may import whom, held by the paths in their code.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A crate's rooms: the folders below its `src`.
struct House {
    /// Each room with the rooms that it may import. Files beside the rooms, such as `error.rs`, are free.
    rooms: &'static [(&'static str, &'static [&'static str])],
    /// Each library with the rooms that may name it.
    libraries: &'static [(&'static str, &'static [&'static str])],
    /// The room whose files may use the crate's face, such as `crate::Waveform`.
    face: &'static str,
    /// The room of which each child stands alone but for the child that all share.
    apart: Option<(&'static str, &'static str)>,
    /// Files of a type that contains itself, which must know each other: an ensemble is an architecture of architectures.
    recursive: &'static [&'static str],
}

const CORE: House = House {
    rooms: &[
        ("audio", &[]),
        ("features", &["audio"]),
        ("vad", &["features"]),
        ("prosody", &["features"]),
        ("model", &[]),
        ("model_file", &["features", "model", "vad", "prosody"]),
        (
            "recognize",
            &["audio", "features", "model", "model_file", "prosody", "vad"],
        ),
        ("wasm", &["audio", "features", "recognize"]),
    ],
    libraries: &[
        ("burn", &["model", "model_file", "recognize"]),
        ("realfft", &["audio", "features", "prosody"]),
        ("rubato", &["audio"]),
        ("wasm_bindgen", &["wasm"]),
        ("serde_wasm_bindgen", &["wasm"]),
        ("js_sys", &["wasm"]),
        ("web_sys", &["wasm"]),
    ],
    face: "wasm",
    apart: None,
    recursive: &["model/architecture", "model/ensemble", "model/net"],
};

const TRAINER: House = House {
    rooms: &[
        ("commands", &["learn", "eval", "data", "io"]),
        ("learn", &["eval", "data", "io"]),
        ("eval", &["data", "io"]),
        ("data", &["io"]),
        ("io", &[]),
    ],
    libraries: &[
        ("clap", &["commands"]),
        ("clap_complete", &["commands"]),
        ("ratatui", &["commands"]),
    ],
    face: "",
    apart: Some(("commands", "args")),
    recursive: &[],
};

/// Files by their path below `src`, such as `eval/report/mod.rs`.
type Sources = BTreeMap<String, String>;

fn sources(folder: &Path) -> Sources {
    fn read(folder: &Path, name: &str, found: &mut Sources) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let child = format!("{name}{}", entry.file_name().to_str().unwrap());
            if entry.path().is_dir() {
                read(&entry.path(), &format!("{child}/"), found);
            } else if child.ends_with(".rs") {
                found.insert(child, fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
    let mut found = Sources::new();
    read(folder, "", &mut found);
    assert!(!found.is_empty(), "no sources in {}", folder.display());
    found
}

/// The module of a file, as its path: `eval/report` of `eval/report/mod.rs`.
fn module(file: &str) -> Vec<String> {
    let stem = file.strip_suffix(".rs").unwrap();
    let stem = stem.strip_suffix("/mod").unwrap_or(stem);
    stem.split('/').map(str::to_owned).collect()
}

/// The code of a file without its comments and its tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\n#[").next().unwrap();
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = text.lines();
    let lines = lines.filter(|line| !line.trim_start().starts_with("//"));
    lines.map(|line| format!("{line}\n")).collect()
}

/// The paths from the crate's root that a file names. A group in braces at the root counts as each of its names;
/// further down as the path before it.
fn imports(file: &str, code: &str) -> Vec<Vec<String>> {
    let own = module(file);
    let mut found = Vec::new();
    for part in code.split("crate::").skip(1) {
        match part.strip_prefix('{') {
            Some(group) => {
                let group = group.split('}').next().unwrap();
                found.extend(group.split(',').map(|name| segments(name.trim())));
            }
            None => found.push(segments(part)),
        }
    }
    for line in code.lines() {
        let Some(path) = line.trim_start().strip_prefix("use super::") else {
            continue;
        };
        let (mut base, mut rest) = (own[..own.len() - 1].to_vec(), path);
        while let Some(more) = rest.strip_prefix("super::") {
            base.pop();
            rest = more;
        }
        found.push(base.into_iter().chain(segments(rest)).collect());
    }
    found
}

fn segments(path: &str) -> Vec<String> {
    let end = path.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
    let path = path[..end.unwrap_or(path.len())].split("::");
    path.filter(|it| !it.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Whether code names a library, as the first part of a path.
fn names(code: &str, library: &str) -> bool {
    let path = format!("{library}::");
    code.match_indices(&path).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
    })
}

/// Every violation of the directions, in words.
fn violations(house: &House, sources: &Sources) -> Vec<String> {
    let mut found = Vec::new();
    let modules: BTreeSet<Vec<String>> = sources.keys().map(|file| module(file)).collect();
    let mut edges: BTreeMap<Vec<String>, BTreeSet<Vec<String>>> = BTreeMap::new();
    for (file, text) in sources {
        let own = module(file);
        let Some((room, allowed)) = house.rooms.iter().find(|(room, _)| own[0] == *room) else {
            continue;
        };
        let code = code(text);
        for (library, rooms) in house.libraries {
            if !rooms.contains(room) && names(&code, library) {
                found.push(format!("{file} names {library}"));
            }
        }
        for path in imports(file, &code) {
            let target = path.first().map_or("", String::as_str);
            let is_room = house.rooms.iter().any(|(room, _)| *room == target);
            let is_face =
                target.starts_with(char::is_uppercase) && target != "Error" && target != "Result";
            if (is_room && target != *room && !allowed.contains(&target))
                || (is_face && *room != house.face)
            {
                found.push(format!("{file} imports {}", path.join("::")));
            }
            // The longest prefix that is a file.
            let prefixes = (1..=path.len()).rev().map(|n| path[..n].to_vec());
            let Some(to) = prefixes.into_iter().find(|it| modules.contains(it)) else {
                continue;
            };
            if let Some((apart, shared)) = house.apart
                && *room == apart
                && to[0] == apart
                && let (Some(own), Some(other)) = (own.get(1), to.get(1))
                && other != own
                && other != shared
            {
                found.push(format!("{file} knows {other}, which stands apart"));
            }
            let is_recursion = [&own, &to].map(|it| it.join("/"));
            let is_recursion = is_recursion
                .iter()
                .all(|it| house.recursive.contains(&it.as_str()));
            // A folder's own file and the files below it may know each other.
            if !(is_recursion || own.starts_with(&to) || to.starts_with(&own)) {
                edges.entry(own.clone()).or_default().insert(to);
            }
        }
    }
    for start in edges.keys() {
        let (mut seen, mut open) = (BTreeSet::new(), vec![start]);
        while let Some(next) = open.pop() {
            for to in edges.get(next).into_iter().flatten() {
                if to == start {
                    found.push(format!("{} is in a circle of imports", start.join("/")));
                    open.clear();
                    break;
                }
                if seen.insert(to) {
                    open.push(to);
                }
            }
        }
    }
    found
}

#[test]
fn the_rooms_of_the_core_import_downwards_and_never_in_circles() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = violations(&CORE, &sources(&root.join("src")));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_rooms_of_the_trainer_import_downwards_and_its_commands_stand_apart() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = violations(&TRAINER, &sources(&root.join("train/src")));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn each_kind_of_violation_is_found() {
    let of = |house: &House, files: &[(&str, &str)]| {
        let files = files.iter();
        violations(
            house,
            &files
                .map(|(name, text)| ((*name).into(), (*text).into()))
                .collect(),
        )
    };
    assert!(
        of(
            &TRAINER,
            &[("data/a.rs", "use crate::io::b;\n"), ("io/b.rs", "")]
        )
        .is_empty()
    );
    assert_eq!(
        of(
            &TRAINER,
            &[
                ("data/a.rs", "use crate::learn::b::C;\n"),
                ("learn/b.rs", "")
            ]
        ),
        ["data/a.rs imports learn::b::C"]
    );
    assert_eq!(
        of(&CORE, &[("audio/a.rs", "use crate::{Error, vad};\n")]),
        ["audio/a.rs imports vad"]
    );
    assert_eq!(
        of(&CORE, &[("vad/a.rs", "use crate::Waveform;\n")]),
        ["vad/a.rs imports Waveform"]
    );
    assert!(of(&CORE, &[("wasm/a.rs", "use crate::{Waveform, Error};\n")]).is_empty());
    assert!(
        of(
            &CORE,
            &[(
                "vad/a.rs",
                "/// See [`A`](crate::recognize::A).\nuse crate::error::Result;\n"
            )]
        )
        .is_empty()
    );
    assert_eq!(
        of(&TRAINER, &[("eval/a.rs", "use clap::Args;\n")]),
        ["eval/a.rs names clap"]
    );
    assert_eq!(
        of(
            &CORE,
            &[("features/a.rs", "let x = burn::tensor::Tensor::new();\n")]
        ),
        ["features/a.rs names burn"]
    );
    assert_eq!(
        of(
            &TRAINER,
            &[
                ("commands/fit.rs", "use super::join::run;\n"),
                ("commands/join.rs", "")
            ]
        ),
        ["commands/fit.rs knows join, which stands apart"]
    );
    let circle = [
        ("data/a.rs", "use super::b::B;\n"),
        ("data/b.rs", "use crate::data::c::C;\n"),
        ("data/c.rs", "use super::a::A;\n"),
    ];
    assert_eq!(
        of(&TRAINER, &circle).len(),
        3,
        "{:?}",
        of(&TRAINER, &circle)
    );
    let family = [
        ("data/a/mod.rs", "use crate::data::a::b::B;\n"),
        ("data/a/b.rs", "use super::A;\n"),
    ];
    assert!(of(&TRAINER, &family).is_empty());
}
