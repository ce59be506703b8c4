//! The kind of a file by its name, as a folder is searched for recordings.

use std::path::Path;

/// The extensions by which recordings are known in a folder. Those of formats that are not decoded are
/// among them, so that such a file is named with the reason and not left out in silence.
const EXTENSIONS: [&str; 19] = [
    "wav", "wave", "flac", "mp3", "ogg", "oga", "m4a", "mp4", "aac", "opus", "webm", "aif", "aiff",
    "amr", "caf", "wma", "au", "sph", "3gp",
];

/// Whether a file is called as recordings are, in any case.
pub fn is_recording(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        EXTENSIONS
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    })
}

/// Whether a file is a spectrogram that `preprocess` made, by its extension.
pub fn is_spectrogram(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("npy"))
}

/// Whether a file is one of those that macOS leaves beside others on foreign disks and in archives.
pub fn is_resource_fork(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(b"._"))
}
