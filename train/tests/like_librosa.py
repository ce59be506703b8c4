"""Does with librosa what `train preprocess` does: times it, and compares the arrays.

    python like_librosa.py RECORDINGS ARRAYS WORKERS

Every WAV below RECORDINGS becomes a log-mel spectrogram in a file of its own, WORKERS at a time.
Prints one JSON object: how many, in how many seconds (imports and numba's compilation not counted), and
how far the arrays in ARRAYS lie from librosa's, in dB: the median over each recording, the largest of them.
"""

import json
import multiprocessing
import sys
import tempfile
import time
from pathlib import Path

import librosa
import numpy as np

RATE = 16_000


def log_mel(path):
    samples, _ = librosa.load(path, sr=RATE, mono=True)
    mel = librosa.feature.melspectrogram(
        y=samples, sr=RATE, n_fft=1024, hop_length=256, n_mels=64, fmin=0.0, fmax=8000.0, pad_mode="constant"
    )
    return librosa.power_to_db(mel, ref=1.0, amin=1e-10, top_db=None).astype("<f4")


def convert(job):
    path, out = job
    np.save(out, log_mel(path))


def main():
    recordings, arrays, workers = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    paths = sorted(recordings.rglob("*.wav"))
    with tempfile.TemporaryDirectory() as folder, multiprocessing.Pool(workers) as pool:
        jobs = [(path, Path(folder) / f"{i}.npy") for i, path in enumerate(paths)]
        pool.map(convert, jobs[:1] * workers, chunksize=1)
        start = time.perf_counter()
        pool.map(convert, jobs, chunksize=4)
        seconds = time.perf_counter() - start
        apart = []
        for path, out in jobs:
            theirs = np.load(out)
            ours = np.load((arrays / path.relative_to(recordings)).with_suffix(".npy"), allow_pickle=False)
            assert ours.dtype == np.dtype("<f4") and ours.shape[0] == 64, (path, ours.dtype, ours.shape)
            # The resamplers may round a length differently.
            frames = min(ours.shape[1], theirs.shape[1])
            assert abs(ours.shape[1] - theirs.shape[1]) <= 1, (path, ours.shape, theirs.shape)
            apart.append(float(np.median(np.abs(ours[:, :frames] - theirs[:, :frames]))))
    print(json.dumps({"recordings": len(paths), "seconds": seconds, "apart_db": max(apart)}))


if __name__ == "__main__":
    main()
