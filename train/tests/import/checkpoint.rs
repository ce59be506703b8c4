//! Checkpoints as torch.save writes them, for networks too large to be kept beside the tests.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A tensor of a state dict.
pub struct Tensor {
    pub name: String,
    pub shape: Vec<usize>,
    pub data: Vec<f32>,
}

/// Writes a state dict: a pickle of names, shapes and places, and one file of values for each.
pub fn write(path: &Path, tensors: &[Tensor]) {
    let mut zip = ZipWriter::new(File::create(path).unwrap());
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut file = |name: &str, bytes: &[u8]| {
        zip.start_file(format!("archive/{name}"), options).unwrap();
        zip.write_all(bytes).unwrap();
    };
    file("data.pkl", &pickle(tensors));
    file("byteorder", b"little");
    for (key, tensor) in tensors.iter().enumerate() {
        let bytes: Vec<u8> = tensor.data.iter().flat_map(|v| v.to_le_bytes()).collect();
        file(&format!("data/{key}"), &bytes);
    }
    file("version", b"3\n");
    zip.finish().unwrap();
}

/// The state dict in Python's pickle protocol 2 (PEP 307, `pickletools`).
fn pickle(tensors: &[Tensor]) -> Vec<u8> {
    let mut out = b"\x80\x02}(".to_vec();
    for (key, tensor) in tensors.iter().enumerate() {
        text(&mut out, &tensor.name);
        // torch._utils._rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)
        out.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
        text(&mut out, "storage");
        out.extend(b"ctorch\nFloatStorage\n");
        text(&mut out, &key.to_string());
        text(&mut out, "cpu");
        int(&mut out, tensor.data.len());
        out.extend(b"tQ");
        int(&mut out, 0);
        tuple(&mut out, &tensor.shape);
        let strides = (0..tensor.shape.len()).map(|axis| tensor.shape[axis + 1..].iter().product());
        tuple(&mut out, &strides.collect::<Vec<usize>>());
        out.extend(b"\x89ccollections\nOrderedDict\n)RtR");
    }
    out.extend(b"u.");
    out
}

fn text(out: &mut Vec<u8>, text: &str) {
    out.push(b'X');
    out.extend((text.len() as u32).to_le_bytes());
    out.extend(text.as_bytes());
}

fn int(out: &mut Vec<u8>, value: usize) {
    out.push(b'J');
    out.extend((value as i32).to_le_bytes());
}

fn tuple(out: &mut Vec<u8>, values: &[usize]) {
    out.push(b'(');
    for &value in values {
        int(out, value);
    }
    out.push(b't');
}
