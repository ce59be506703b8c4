"""Runs an ONNX file on windows with ONNX Runtime, for train/tests/export.rs.

    python run_onnx.py MODEL.onnx LOG_MEL.f32 [PROSODY.f32]

Each holds little-endian floats for an input, window after window. Checks the file with onnx's own checker
(shapes inferred and compared), then prints one JSON object: what the file says of itself, and its
outputs.
"""

import json
import sys

import numpy as np
import onnx
import onnxruntime


def main(path, *files):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    entries = session.get_inputs()
    data = {
        entry.name: np.fromfile(file, dtype="<f4").reshape(-1, *entry.shape[1:])
        for entry, file in zip(entries, files, strict=True)
    }
    names = [output.name for output in session.get_outputs()]
    outputs = session.run(names, data)
    print(json.dumps({
        "ir_version": model.ir_version,
        "opset": [[entry.domain, entry.version] for entry in model.opset_import],
        "metadata": {entry.key: entry.value for entry in model.metadata_props},
        "inputs": [[entry.name, entry.type, entry.shape] for entry in entries],
        "outputs": [[o.name, o.type, o.shape] for o in session.get_outputs()],
        "values": {name: value.tolist() for name, value in zip(names, outputs)},
    }))


if __name__ == "__main__":
    main(*sys.argv[1:])
