//! A model file: what opens has finite parameters and answers, and is written and read back the same.

use burn::tensor::Device;
use emotionai_voice::{Classifier, Model};
use sha2::{Digest, Sha256};

use crate::stream::{assert_sound, tone};

const BEFORE_DIGITS: &[u8] = br#"\"sha256\":\""#;
const N_DIGITS: usize = 64;
/// Bytes up to which a model is run.
const SMALL: usize = 100_000;

/// The bytes are a file, as it is and with its checksum made right, since no mutation hits that.
pub fn check(data: &[u8]) {
    open(data);
    if let Some(sealed) = sealed(data) {
        open(&sealed);
    }
}

fn open(bytes: &[u8]) {
    let device = Device::flex();
    let Ok(model) = Model::from_bytes(bytes, &device) else {
        return;
    };
    let written = model.to_bytes().unwrap();
    let again = Model::from_bytes(&written, &device).unwrap();
    assert_eq!(again.to_bytes().unwrap(), written);
    let classifier = Classifier::from_model(model, device).unwrap();
    if bytes.len() > SMALL {
        return;
    }
    let mut stream = classifier.stream(16_000, None).unwrap();
    for window in stream.push(&tone(16_000)).unwrap() {
        assert_sound(&window);
    }
}

/// The file with its checksum made right; `None` where it has no place for one.
fn sealed(data: &[u8]) -> Option<Vec<u8>> {
    let mut places = data.windows(BEFORE_DIGITS.len());
    let start = places.position(|it| it == BEFORE_DIGITS)? + BEFORE_DIGITS.len();
    let mut bytes = data.to_vec();
    bytes.get_mut(start..start + N_DIGITS)?.fill(b'0');
    let checksum = Sha256::digest(&bytes);
    let checksum: String = checksum.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes[start..start + N_DIGITS].copy_from_slice(checksum.as_bytes());
    Some(bytes)
}
