//! `cargo xtask build`: the npm package in `pkg/`.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use flate2::{Compression, write::GzEncoder};
use serde_json::Value;

use crate::files::{self, Fingerprint};
use crate::workspace::Workspace;
use crate::{bindgen, rust, typescript};

/// Files that go into the package as they are: from the repository, to the package.
const COPIED: [(&str, &str); 7] = [
    ("src/js/README.md", "README.md"),
    ("LICENSE-MIT", "LICENSE-MIT"),
    ("LICENSE-APACHE", "LICENSE-APACHE"),
    ("src/weights/default.emo", "model/default.emo"),
    ("src/weights/cnn.emo", "model/cnn.emo"),
    ("src/weights/cnn-gru.emo", "model/cnn-gru.emo"),
    ("src/weights/LICENSE", "model/LICENSE"),
];

/// Builds the package. Nothing costly happens where nothing changed, and `pkg/` changes only at the end.
pub fn build(workspace: &Workspace) -> Result<()> {
    let raw_wasm = rust::build_wasm(workspace)?;
    fs::create_dir_all(workspace.scratch())?;
    let wasm = bindgen::generate(workspace, &raw_wasm)?;
    let inputs = fingerprint(workspace, &wasm)?;
    let stamp = workspace.scratch().join("pkg.stamp");
    // The package's own contents are part of the stamp: one that was meddled with is built again.
    let is_fresh = |package: &Path| {
        Ok::<_, anyhow::Error>(
            package.is_dir() && files::is_stamped(&stamp, &sealed(&inputs, package)?),
        )
    };
    if !is_fresh(&workspace.pkg())? {
        let staged = workspace.scratch().join("pkg");
        assemble(workspace, &wasm, &staged)?;
        files::replace(&workspace.pkg(), &staged)?;
        files::stamp(&stamp, &sealed(&inputs, &workspace.pkg())?)?;
    }
    print_size(&workspace.pkg())
}

fn assemble(workspace: &Workspace, wasm: &Path, staged: &Path) -> Result<()> {
    files::fresh(staged)?;
    let template = workspace.root.join("pkg.json");
    let template = fs::read_to_string(&template)
        .with_context(|| format!("could not read {}", template.display()))?;
    // Before the compiler runs: its "type" tells the compiler that the generated code is an ES module.
    fs::write(
        staged.join("package.json"),
        with_version(&template, &workspace.version)?,
    )?;
    files::copy_tree(wasm, &staged.join("wasm"), &[])?;
    typescript::compile(workspace, staged)?;
    name_library(
        &staged
            .join("wasm")
            .join(format!("{}.d.ts", bindgen::MODULE)),
    )?;
    prune(staged)?;
    for (from, to) in copied(workspace)? {
        files::copy(&from, &staged.join(to))?;
    }
    Ok(())
}

/// Removes the types of inner modules, to which no entry point leads.
fn prune(package: &Path) -> Result<()> {
    let reached = reached_types(package)?;
    for file in files::list(package, &["wasm"])? {
        let name = file.to_string_lossy();
        if name.ends_with(".d.ts") && !reached.contains(&*name) {
            fs::remove_file(package.join(&file))?;
        }
    }
    Ok(())
}

/// The files of one kind (`types` or `default`) that the manifest exports, those of the generated half aside.
pub fn exported(package: &Path, kind: &str) -> Result<Vec<String>> {
    let manifest: Value = serde_json::from_str(&fs::read_to_string(package.join("package.json"))?)?;
    let exports = manifest["exports"].as_object().into_iter().flatten();
    let files = exports.filter_map(|(_, entry)| entry[kind].as_str());
    Ok(files.filter_map(|file| resolve("", file)).collect())
}

/// The declarations of the package that its entry points lead to, by their paths; those of the generated half aside.
pub fn reached_types(package: &Path) -> Result<BTreeSet<String>> {
    let mut waiting = exported(package, "types")?;
    let mut reached = BTreeSet::new();
    while let Some(name) = waiting.pop() {
        if !reached.insert(name.clone()) {
            continue;
        }
        let path = package.join(&name);
        let text = fs::read_to_string(&path)
            .with_context(|| format!("could not read {}", path.display()))?;
        // Every module that a declaration names is in quotes.
        let modules = text.split('"').filter_map(|part| part.strip_suffix(".js"));
        waiting.extend(modules.filter_map(|module| resolve(&name, &format!("{module}.d.ts"))));
    }
    Ok(reached)
}

/// The path in the package of a file that another one names; `None` for other packages and the generated half.
fn resolve(from: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    if !path.starts_with('.') {
        return None;
    }
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    (parts.first() != Some(&"wasm")).then(|| parts.join("/"))
}

/// Has the generated types bring the library that declares `Symbol.dispose`, as the hand-written ones do: a user's compiler
/// that is set to an earlier year would not know it.
fn name_library(types: &Path) -> Result<()> {
    let text =
        fs::read_to_string(types).with_context(|| format!("could not read {}", types.display()))?;
    let library = "/// <reference lib=\"esnext.disposable\" />";
    fs::write(types, format!("{library}\n{text}"))
        .with_context(|| format!("could not write {}", types.display()))
}

/// Files that go into the package as they are, with the documentation: where they lie, and where they go.
pub fn copied(workspace: &Workspace) -> Result<Vec<(PathBuf, PathBuf)>> {
    let docs = workspace.docs();
    let pages = files::list(&docs, &["node_modules"])?.into_iter();
    let pages = pages.filter(|page| page.extension().is_some_and(|extension| extension == "md"));
    let pages = pages.map(|page| (docs.join(&page), Path::new("docs").join(page)));
    let fixed = COPIED.map(|(from, to)| (workspace.root.join(from), PathBuf::from(to)));
    Ok(fixed.into_iter().chain(pages).collect())
}

/// A hash of all that the package is made from.
fn fingerprint(workspace: &Workspace, wasm: &Path) -> Result<String> {
    let mut hash = Fingerprint::of_this_program()?
        .add(&workspace.version)
        .add_file(&workspace.root.join("pkg.json"))?
        .add_tree(wasm, &[])?
        .add_tree(&workspace.js(), &["node_modules"])?;
    for (from, _) in copied(workspace)? {
        hash = hash.add_file(&from)?;
    }
    Ok(hash.finish())
}

fn sealed(inputs: &str, package: &Path) -> Result<String> {
    Ok(Fingerprint::default()
        .add(inputs)
        .add_tree(package, &["node_modules"])?
        .finish())
}

/// What the template says in place of the version.
const NO_VERSION: &str = "\"version\": \"0.0.0\"";

/// Fills the version into the template. As text, since the order of `exports` has a meaning that must stay.
fn with_version(template: &str, version: &str) -> Result<String> {
    if template.matches(NO_VERSION).count() != 1 {
        bail!(
            "pkg.json must say {NO_VERSION} exactly once: the build puts the version of Cargo.toml there"
        );
    }
    let filled = template.replace(NO_VERSION, &format!("\"version\": \"{version}\""));
    let parsed: Value = serde_json::from_str(&filled).context("pkg.json is not JSON")?;
    if parsed["version"] != version {
        bail!("pkg.json says {NO_VERSION}, but not at its top level");
    }
    Ok(filled)
}

fn print_size(package: &Path) -> Result<()> {
    let wasm = fs::read(
        package
            .join("wasm")
            .join(format!("{}_bg.wasm", bindgen::MODULE)),
    )?;
    let model = fs::metadata(package.join("model/default.emo"))?.len();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(&wasm)?;
    let gzipped = gzip.finish()?.len();
    println!(
        "{}: wasm {} kB ({} kB gzip), model {} kB",
        package.display(),
        wasm.len() / 1000,
        gzipped / 1000,
        model / 1000
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_reached_from_entry_points_through_others() -> Result<()> {
        let package = std::env::temp_dir().join(format!("reached-types-{}", std::process::id()));
        files::fresh(&package)?;
        for (name, text) in [
            (
                "package.json",
                r#"{ "exports": { ".": { "types": "./a.d.ts" }, "./w": { "types": "./wasm/w.d.ts" } } }"#,
            ),
            ("a.d.ts", r#"export * from "./b.js"; import "react";"#),
            (
                "b.d.ts",
                r#"export type C = import("./inner/c.js").C | A; import type { A } from "./a.js";"#,
            ),
            (
                "inner/c.d.ts",
                r#"export * from "./d.js"; import "../wasm/w.js";"#,
            ),
            ("inner/d.d.ts", r#"export * from "../e.js";"#),
            ("e.d.ts", ""),
            ("f.d.ts", r#"export * from "./a.js";"#),
        ] {
            fs::create_dir_all(package.join("inner"))?;
            fs::write(package.join(name), text)?;
        }
        let reached = reached_types(&package)?;
        fs::remove_dir_all(&package)?;
        assert_eq!(
            reached.into_iter().collect::<Vec<_>>(),
            ["a.d.ts", "b.d.ts", "e.d.ts", "inner/c.d.ts", "inner/d.d.ts"]
        );
        Ok(())
    }

    #[test]
    fn the_version_is_filled_in_and_nothing_else_moves() -> Result<()> {
        let template = "{\n  \"name\": \"x\",\n  \"version\": \"0.0.0\",\n  \"exports\": { \"types\": \"./i.d.ts\", \"default\": \"./i.js\" }\n}\n";
        assert_eq!(
            with_version(template, "1.2.3")?,
            template.replace("0.0.0", "1.2.3")
        );
        Ok(())
    }

    #[test]
    fn a_template_without_its_one_version_is_an_error() {
        for template in [
            "{}",
            "{ \"version\": \"1.0.0\" }",
            "{ \"version\": \"0.0.0\", \"other\": { \"version\": \"0.0.0\" } }",
            "{ \"other\": { \"version\": \"0.0.0\" } }",
            "{ \"version\": \"0.0.0\"",
        ] {
            assert!(with_version(template, "1.2.3").is_err(), "{template}");
        }
    }
}
