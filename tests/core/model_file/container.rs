//! Model files forged by hand: the container as its documentation describes it.

use emotionai_voice::Error;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{error, model, small_cnn};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const BEFORE_DIGITS: &[u8] = br#"\"sha256\":\""#;
const N_DIGITS: usize = 64;

/// A file with its checksum made right again.
pub(crate) fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let mut places = bytes.windows(BEFORE_DIGITS.len());
    let start = places.position(|it| it == BEFORE_DIGITS).unwrap() + BEFORE_DIGITS.len();
    let digits = start..start + N_DIGITS;
    bytes[digits.clone()].fill(b'0');
    let checksum = Sha256::digest(&bytes);
    let checksum: String = checksum.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes[digits].copy_from_slice(checksum.as_bytes());
    bytes
}

/// The table of a file and its tensors' bytes.
fn parts(bytes: &[u8]) -> (String, &[u8]) {
    let (length, rest) = bytes.split_at(8);
    let length = u64::from_le_bytes(length.try_into().unwrap()) as usize;
    let (table, data) = rest.split_at(length);
    (String::from_utf8(table.to_vec()).unwrap(), data)
}

/// A file with a part of its table replaced, its length and checksum made right again.
pub(crate) fn with_table(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let (table, data) = parts(bytes);
    assert!(table.contains(from), "{from} in {table}");
    let table = table.replace(from, to);
    let length = (table.len() as u64).to_le_bytes();
    sealed([&length[..], table.as_bytes(), data].concat())
}

/// The same with a part of its header, which is JSON in a string of the table.
pub(crate) fn with_header(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let escaped = |text: &str| text.replace('"', "\\\"");
    with_table(bytes, &escaped(from), &escaped(to))
}

/// A file with the first bytes of a tensor replaced.
pub(crate) fn with_tensor(bytes: &[u8], is_meant: impl Fn(&str) -> bool, own: &[u8]) -> Vec<u8> {
    let (table, data) = parts(bytes);
    let table: Value = serde_json::from_str(&table).unwrap();
    let mut tensors = table.as_object().unwrap().iter();
    let (_, tensor) = tensors.find(|(name, _)| is_meant(name)).unwrap();
    let start = tensor["data_offsets"][0].as_u64().unwrap() as usize;
    let start = bytes.len() - data.len() + start;
    let mut forged = bytes.to_vec();
    forged[start..start + own.len()].copy_from_slice(own);
    sealed(forged)
}

fn refused(bytes: &[u8]) -> String {
    let error = error(bytes);
    assert!(matches!(error, Error::ModelMismatch { .. }), "{error}");
    error.to_string()
}

#[test]
fn a_table_that_does_not_fit_its_file_is_refused() {
    let bytes = model(small_cnn(8), |_| {}).to_bytes().unwrap();
    for length in [0, 1, u64::MAX, 1 << 40, bytes.len() as u64] {
        let mut forged = bytes.clone();
        forged[..8].copy_from_slice(&length.to_le_bytes());
        refused(&sealed(forged));
    }
    // The first tensor's shape, its place, and both.
    for (from, to) in [
        ("\"shape\":[4,1,3,3]", "\"shape\":[4,1,3,4]"),
        ("\"shape\":[4,1,3,3]", "\"shape\":[9,1,2,2]"),
        (
            "\"shape\":[4,1,3,3]",
            "\"shape\":[4294967295,4294967295,3,3]",
        ),
        ("\"data_offsets\":[0,", "\"data_offsets\":[1,"),
        (
            "\"data_offsets\":[0,",
            "\"data_offsets\":[18446744073709551615,",
        ),
        ("\"data_offsets\":[0,", "\"data_offsets\":[-1,"),
    ] {
        refused(&with_table(&bytes, from, to));
    }
}

#[test]
fn a_tensor_that_the_network_does_not_have_is_named() {
    let bytes = model(small_cnn(8), |_| {}).to_bytes().unwrap();
    let said = refused(&with_table(&bytes, "Cnn.head.bias", "Cnn.head.bios"));
    assert!(said.contains("Cnn.head.bios"), "{said}");
    // Scales belong to 8-bit values alone.
    let said = refused(&with_table(
        &bytes,
        "Cnn.head.bias",
        "Cnn.head.weight.scale",
    ));
    assert!(said.contains("Cnn.head.weight.scale"), "{said}");
}

#[test]
fn deep_json_is_refused() {
    let bytes = model(small_cnn(8), |_| {}).to_bytes().unwrap();
    let deep = format!("\"recipe\":{{\"x\":{}", "[".repeat(100_000));
    refused(&with_header(
        &bytes,
        "\"recipe\":{\"network\":\"cnn\"",
        &deep,
    ));
}
