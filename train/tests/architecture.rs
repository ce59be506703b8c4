//! The directions between the rooms of the trainer, held by its `use` lines.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Each room with the rooms that it may import.
const ROOMS: [(&str, &[&str]); 5] = [
    ("commands", &["learn", "eval", "data", "io"]),
    ("learn", &["eval", "data", "io"]),
    ("eval", &["data", "io"]),
    ("data", &["io"]),
    ("io", &[]),
];

/// Files by their path below `src`, such as `eval/report/mod.rs`.
type Sources = BTreeMap<String, String>;

fn sources() -> Sources {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
    let files = walkdir::WalkDir::new(root).into_iter().map(Result::unwrap);
    let files = files.filter(|file| file.path().extension().is_some_and(|it| it == "rs"));
    files
        .map(|file| {
            let name = file.path().strip_prefix(root).unwrap();
            let name = name.to_str().unwrap().replace('\\', "/");
            (name, fs::read_to_string(file.path()).unwrap())
        })
        .collect()
}

/// The module of a file, as its path: `eval/report` of `eval/report/mod.rs`.
fn module(file: &str) -> Vec<&str> {
    let stem = file.strip_suffix(".rs").unwrap();
    let stem = stem.strip_suffix("/mod").unwrap_or(stem);
    stem.split('/').collect()
}

/// The paths below `crate` that a file imports, outside of its tests. Groups in braces count as their stem.
fn imports(file: &str, text: &str) -> Vec<Vec<String>> {
    let own = module(file);
    let code = text.split("#[cfg(test)]\n#[").next().unwrap();
    let code = code.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let mut found = Vec::new();
    for part in code.split("crate::").skip(1) {
        found.push(segments(part));
    }
    for line in code
        .lines()
        .filter_map(|line| line.strip_prefix("use super::"))
    {
        let (mut base, mut rest) = (own[..own.len() - 1].to_vec(), line);
        while let Some(more) = rest.strip_prefix("super::") {
            base.pop();
            rest = more;
        }
        let base = base.into_iter().map(str::to_owned);
        found.push(base.chain(segments(rest)).collect());
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

/// Every violation of the directions, in words.
fn violations(sources: &Sources) -> Vec<String> {
    let mut found = Vec::new();
    let modules: BTreeSet<Vec<&str>> = sources.keys().map(|file| module(file)).collect();
    let mut edges: BTreeMap<Vec<&str>, BTreeSet<Vec<&str>>> = BTreeMap::new();
    for (file, text) in sources {
        let own = module(file);
        let Some((room, allowed)) = ROOMS.iter().find(|(room, _)| own[0] == *room) else {
            continue;
        };
        if *room != "commands" && text.contains("clap::") {
            found.push(format!("{file} names clap"));
        }
        for path in imports(file, text) {
            let target = path.first().map_or("", String::as_str);
            if target != *room && !allowed.contains(&target) {
                found.push(format!("{file} imports {}", path.join("::")));
            }
            // The longest prefix that is a file.
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            let prefixes = (1..=path.len()).rev().map(|n| path[..n].to_vec());
            let known = |prefix: Vec<&str>| modules.iter().find(|it| **it == prefix).cloned();
            let Some(to) = prefixes.into_iter().find_map(known) else {
                continue;
            };
            if *room == "commands" && own.len() > 1 && to.len() > 1 && to[0] == "commands" {
                let is_other = to[1] != own[1] && to[1] != "args";
                if is_other {
                    found.push(format!("{file} knows another command, {}", to[1]));
                }
            }
            // A folder's own file and the files below it may know each other.
            if !(own.starts_with(&to) || to.starts_with(&own)) {
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
fn rooms_import_downwards_commands_stand_apart_and_nothing_runs_in_circles() {
    let found = violations(&sources());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn each_kind_of_violation_is_found() {
    let of = |files: &[(&str, &str)]| {
        let files = files
            .iter()
            .map(|(name, text)| ((*name).into(), (*text).into()));
        violations(&files.collect())
    };
    assert!(of(&[("data/a.rs", "use crate::io::b;\n"), ("io/b.rs", "")]).is_empty());
    let upwards = of(&[
        ("data/a.rs", "use crate::learn::b::C;\n"),
        ("learn/b.rs", ""),
    ]);
    assert_eq!(upwards, ["data/a.rs imports learn::b::C"]);
    assert_eq!(
        of(&[("eval/a.rs", "use clap::Args;\n")]),
        ["eval/a.rs names clap"]
    );
    let other = of(&[
        ("commands/fit.rs", "use super::join::run;\n"),
        ("commands/join.rs", ""),
    ]);
    assert_eq!(other, ["commands/fit.rs knows another command, join"]);
    let circle = of(&[
        ("data/a.rs", "use super::b::B;\n"),
        ("data/b.rs", "use crate::data::c::C;\n"),
        ("data/c.rs", "use super::a::A;\n"),
    ]);
    assert_eq!(circle.len(), 3, "{circle:?}");
    let family = of(&[
        ("data/a/mod.rs", "use crate::data::a::b::B;\n"),
        ("data/a/b.rs", "use super::A;\n"),
    ]);
    assert!(family.is_empty(), "{family:?}");
}
