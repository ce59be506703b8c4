//! `cargo xtask build`: the npm package in `pkg/`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use flate2::{Compression, write::GzEncoder};
use serde_json::Value;
use xshell::cmd;

use crate::files::{self, Fingerprint};
use crate::workspace::Workspace;
use crate::{bindgen, tools};

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
    tools::ensure_node()?;
    fs::create_dir_all(workspace.scratch())?;
    let wasm = bindgen::build(workspace)?;
    let copied = copied(workspace)?;
    let package = workspace.pkg();
    let stamp = workspace.scratch().join("pkg.stamp");
    // The package's own contents are part of the stamp: one that was meddled with is built again.
    let seal = || inputs(workspace, &wasm, &copied)?.add_tree(&package, &["node_modules"]);
    if !package.is_dir() || !files::is_stamped(&stamp, &seal()?) {
        let staged = workspace.scratch().join("pkg");
        assemble(workspace, &wasm, &copied, &staged)?;
        files::replace(&package, &staged)?;
        files::stamp(&stamp, &seal()?)?;
    }
    print_size(&package)
}

fn assemble(
    workspace: &Workspace,
    wasm: &Path,
    copied: &[(PathBuf, PathBuf)],
    staged: &Path,
) -> Result<()> {
    files::fresh(staged)?;
    let template = workspace.root.join("pkg.json");
    let template = fs::read_to_string(&template)
        .with_context(|| format!("could not read {}", template.display()))?;
    // Before the compiler runs: its "type" tells the compiler that the generated code is an ES module.
    let manifest = with_version(&template, &workspace.version)?;
    fs::write(staged.join("package.json"), manifest)?;
    files::copy_tree(wasm, &staged.join("wasm"), &[])?;
    tools::ensure_packages(&workspace.js())?;
    let sh = workspace.shell_in(workspace.js())?;
    cmd!(sh, "node build.mjs {staged}").run()?;
    let mut copied = copied.iter();
    copied.try_for_each(|(from, to)| files::copy(from, &staged.join(to)))
}

/// Files that go into the package as they are, with the documentation: where they lie, and where they go.
fn copied(workspace: &Workspace) -> Result<Vec<(PathBuf, PathBuf)>> {
    let docs = workspace.docs();
    let pages = files::list(&docs, &["node_modules"])?.into_iter();
    let pages = pages.filter(|page| page.extension().is_some_and(|extension| extension == "md"));
    let pages = pages.map(|page| (docs.join(&page), Path::new("docs").join(page)));
    let fixed = COPIED.map(|(from, to)| (workspace.root.join(from), PathBuf::from(to)));
    Ok(fixed.into_iter().chain(pages).collect())
}

/// A hash of all that the package is made from.
fn inputs(
    workspace: &Workspace,
    wasm: &Path,
    copied: &[(PathBuf, PathBuf)],
) -> Result<Fingerprint> {
    let hash = Fingerprint::of_this_program()?
        .add(&workspace.version)
        .add_file(&workspace.root.join("pkg.json"))?
        .add_tree(wasm, &[])?
        .add_tree(&workspace.js(), &["node_modules"])?;
    let mut copied = copied.iter();
    copied.try_fold(hash, |hash, (from, _)| hash.add_file(from))
}

/// What the template says in place of the version.
const NO_VERSION: &str = "\"version\": \"0.0.0\"";

/// Fills the version into the template. As text, since the order of `exports` has a meaning that must stay.
fn with_version(template: &str, version: &str) -> Result<String> {
    ensure!(
        template.matches(NO_VERSION).count() == 1,
        "pkg.json must say {NO_VERSION} exactly once: the build puts the version of Cargo.toml there"
    );
    let filled = template.replace(NO_VERSION, &format!("\"version\": \"{version}\""));
    let parsed: Value = serde_json::from_str(&filled).context("pkg.json is not JSON")?;
    ensure!(
        parsed["version"] == version,
        "pkg.json says {NO_VERSION}, but not at its top level"
    );
    Ok(filled)
}

fn print_size(package: &Path) -> Result<()> {
    let wasm = package
        .join("wasm")
        .join(format!("{}_bg.wasm", bindgen::MODULE));
    let wasm = fs::read(wasm)?;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(&wasm)?;
    let (whole, gzip) = (wasm.len() / 1000, gzip.finish()?.len() / 1000);
    let model = fs::metadata(package.join("model/default.emo"))?.len() / 1000;
    println!(
        "{}: wasm {whole} kB ({gzip} kB gzip), model {model} kB",
        package.display()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_filled_in_and_nothing_else_moves() -> Result<()> {
        let template = "{\n  \"name\": \"x\",\n  \"version\": \"0.0.0\",\n  \"exports\": { \"types\": \"./i.d.ts\", \"default\": \"./i.js\" }\n}\n";
        let expected = template.replace("0.0.0", "1.2.3");
        assert_eq!(with_version(template, "1.2.3")?, expected);
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
