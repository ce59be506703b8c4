"""Silero VAD v5 for the judge: reads clips from standard input and writes the probability of each 32 ms.

A clip is its length (u32, little-endian) and its samples at 16 kHz (f32); an answer likewise.
"""
import struct
import sys

import numpy as np
import onnxruntime

SAMPLES = 512
CONTEXT = 64

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
rate = np.array(16_000, dtype=np.int64)
source, sink = sys.stdin.buffer, sys.stdout.buffer
while length := source.read(4):
    (n,) = struct.unpack("<I", length)
    clip = np.frombuffer(source.read(4 * n), dtype="<f4")
    state = np.zeros((2, 1, 128), dtype=np.float32)
    context = np.zeros(CONTEXT, dtype=np.float32)
    answers = []
    for start in range(0, n - SAMPLES + 1, SAMPLES):
        block = clip[start : start + SAMPLES]
        given = np.concatenate([context, block])[None]
        answer, state = session.run(None, {"input": given, "state": state, "sr": rate})
        context = block[-CONTEXT:]
        answers.append(float(answer[0, 0]))
    sink.write(struct.pack("<I", len(answers)) + np.array(answers, dtype="<f4").tobytes())
    sink.flush()
