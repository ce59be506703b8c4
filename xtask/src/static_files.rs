//! From the path of a URL to a file and its media type.

use std::path::{Component, Path, PathBuf};

use percent_encoding::percent_decode_str;

/// The file under `root` that a URL's path names, or `None` where there is none, or it is not under `root`.
/// A folder stands for its `index.html`.
pub fn resolve(root: &Path, url: &str) -> Option<PathBuf> {
    let path = url.split(['?', '#']).next()?;
    let path = percent_decode_str(path).decode_utf8().ok()?;
    let relative = Path::new(path.strip_prefix('/')?);
    if path.contains(['\0', '\\'])
        || !relative
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
    {
        return None;
    }
    let mut file = root.join(relative);
    if file.is_dir() {
        file.push("index.html");
    }
    // A link may still lead out.
    let file = file.canonicalize().ok()?;
    (file.is_file() && file.starts_with(root.canonicalize().ok()?)).then_some(file)
}

/// The media type by a file's extension. Browsers insist on those of scripts, styles and wasm.
pub fn media_type(file: &Path) -> &'static str {
    match file
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default()
    {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "wav" => "audio/wav",
        "md" | "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use anyhow::Result;

    use super::*;

    /// `site/` with an index, a file and a folder; `secret` beside it.
    fn site(name: &str) -> Result<PathBuf> {
        let top = std::env::temp_dir().join(format!("xtask-site-{name}-{}", std::process::id()));
        fs::create_dir_all(top.join("site/inner"))?;
        for file in [
            "secret",
            "site/index.html",
            "site/a b.js",
            "site/inner/index.html",
        ] {
            fs::write(top.join(file), file)?;
        }
        Ok(top.canonicalize()?)
    }

    #[test]
    fn files_and_folders_are_found() -> Result<()> {
        let top = site("found")?;
        let site = top.join("site");
        for (url, file) in [
            ("/", "index.html"),
            ("/index.html?x=/../secret", "index.html"),
            ("/a%20b.js", "a b.js"),
            ("/inner", "inner/index.html"),
            ("/inner/", "inner/index.html"),
        ] {
            assert_eq!(resolve(&site, url), Some(site.join(file)), "{url}");
        }
        Ok(fs::remove_dir_all(top)?)
    }

    #[test]
    fn nothing_outside_is_found() -> Result<()> {
        let top = site("outside")?;
        std::os::unix::fs::symlink(top.join("secret"), top.join("site/link"))?;
        let absolute = format!("/{}", top.join("secret").display());
        for url in [
            "/../secret",
            "/%2e%2e/secret",
            "/inner/../../secret",
            "/..%2fsecret",
            "/inner/..%5c..%5csecret",
            "/link",
            &absolute,
            "../secret",
            "",
            "secret",
            "/missing",
            "/%00",
            "/%ff",
            "http://host/../secret",
        ] {
            assert_eq!(resolve(&top.join("site"), url), None, "{url}");
        }
        Ok(fs::remove_dir_all(top)?)
    }

    #[test]
    fn media_types_are_what_browsers_insist_on() {
        for (file, expected) in [
            ("a.wasm", "application/wasm"),
            ("a.js", "text/javascript; charset=utf-8"),
            ("a.emo", "application/octet-stream"),
            ("a.wav", "audio/wav"),
            ("a.svg", "image/svg+xml"),
            ("a", "application/octet-stream"),
        ] {
            assert_eq!(media_type(Path::new(file)), expected, "{file}");
        }
    }
}
