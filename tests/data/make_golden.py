# /// script
# requires-python = ">=3.11"
# dependencies = ["librosa==0.11.0", "numpy==2.4.6", "scipy==1.17.1"]
# ///
"""Makes the golden vectors of tests/core: what librosa computes for a few short signals.

    uv run tests/data/make_golden.py      (or: python3, with the versions above installed)

Writes beside itself:
    golden.json   which signal, which configuration, and where its values lie
    golden.f32    little-endian f32: the signals, then mel frames in dB (frame-major), then
                  filterbanks (band-major), then windows as recognisers of whole files see them
                  (band-major: dB below the loudest, 80 dB of it, scaled to 0 to 1)

librosa gets the signals as float32, as it loads audio by default. It transforms in double
precision even so; the script prints how far that lies from an all-double pipeline.
"""

import json
import warnings
from pathlib import Path

import librosa
import numpy as np

HERE = Path(__file__).parent

# sample_rate, n_fft, win_length, hop_length, n_mels, f_min, f_max
CONFIGS = [
    (16000, 512, 400, 160, 40, 0.0, 8000.0),
    (16000, 1024, 1024, 256, 64, 0.0, 8000.0),
    (16000, 2048, 2048, 512, 128, 0.0, 8000.0),
    (16000, 400, 400, 160, 64, 20.0, 7600.0),  # not a power of two
    (16000, 512, 401, 512, 64, 0.0, 8000.0),  # a window that cannot be centred exactly; no overlap
    (16000, 512, 512, 128, 128, 0.0, 8000.0),  # bands too narrow for a bin: empty filters
    (22050, 1024, 800, 200, 80, 50.0, 11025.0),
    (8000, 250, 200, 80, 40, 100.0, 3800.0),
]
KEYS = ["sample_rate", "n_fft", "win_length", "hop_length", "n_mels", "f_min", "f_max"]
BANKS = [0, 3, 5, 6]  # configurations whose filterbank is stored too
LONG = 4000
# Windows: which signal, repeated to how many samples. With CONFIGS[2] the first fills 128 frames.
WINDOWS = [("tone", 127 * 512), ("chirp", 20000), ("clicks", LONG), ("silence", LONG), ("noise", 1)]


def signals():
    rng = np.random.default_rng(20180516)
    t = np.arange(LONG) / LONG
    clicks = np.zeros(LONG)
    clicks[[0, 1, 700, 1024, 2999, LONG - 1]] = [1.0, -1.0, 0.5, 1.0, -0.25, 0.9]
    tone = 0.9 * np.sin(2 * np.pi * 0.0625 * np.arange(LONG)) * np.hanning(LONG) ** 4
    return {
        # From 0 Hz to the Nyquist frequency of whichever rate.
        "chirp": 0.8 * np.sin(np.pi * LONG * t**2 / 2),
        "noise": 0.3 * rng.standard_normal(LONG),
        "clicks": clicks,
        "silence": np.zeros(LONG),
        # A swelling tone over faint noise: loud and quiet bands in one frame.
        "tone": tone + 1e-4 * rng.standard_normal(LONG),
    }


def log_mel(y, config):
    sample_rate, n_fft, win_length, hop_length, n_mels, f_min, f_max = config
    power = librosa.feature.melspectrogram(
        y=y, sr=sample_rate, n_fft=n_fft, win_length=win_length, hop_length=hop_length,
        n_mels=n_mels, fmin=f_min, fmax=f_max, center=True, pad_mode="constant", power=2.0,
    )
    return librosa.power_to_db(power, ref=1.0, amin=1e-10, top_db=None).T


def window(y, config):
    """What PyTorch recognisers commonly feed on: `ref=np.max`, `top_db=80`, scaled to 0..1."""
    sample_rate, n_fft, _, hop_length, n_mels, _, _ = config
    power = librosa.feature.melspectrogram(
        y=y, sr=sample_rate, n_fft=n_fft, hop_length=hop_length, n_mels=n_mels
    )
    return (librosa.power_to_db(power, ref=np.max) + 80) / 80


def main():
    # Short signals and empty filters are the point of some cases.
    warnings.simplefilter("ignore")
    blob, offset = [], 0

    def store(values):
        nonlocal offset
        values = np.ascontiguousarray(values, dtype="<f4").ravel()
        start, offset = offset, offset + values.size
        blob.append(values)
        return start

    waves = {name: wave.astype(np.float32) for name, wave in signals().items()}
    index = {
        "signals": {n: {"offset": store(w), "len": w.size} for n, w in waves.items()},
        "cases": [],
        "banks": [],
        "windows": [],
    }
    distance = 0.0
    for config in CONFIGS:
        n_fft, hop_length = config[1], config[3]
        runs = [(name, LONG) for name in waves]
        runs += [("noise", n) for n in (1, 100, hop_length, n_fft // 2, n_fft - 1, n_fft)]
        runs += [("chirp", 3 * hop_length - 1), ("clicks", 2), ("silence", 1)]
        for name, length in runs:
            y = waves[name][:length]
            db = log_mel(y, config)
            index["cases"].append({
                "signal": name, "len": length, "config": dict(zip(KEYS, config)),
                "n_frames": db.shape[0], "offset": store(db),
            })
            seen = db > db.max() - 80
            error = np.abs(log_mel(y.astype(np.float64), config) - db)[seen].max()
            distance = max(distance, error)
    for i in BANKS:
        sample_rate, n_fft, _, _, n_mels, f_min, f_max = CONFIGS[i]
        bank = librosa.filters.mel(sr=sample_rate, n_fft=n_fft, n_mels=n_mels, fmin=f_min, fmax=f_max)
        index["banks"].append({"config": dict(zip(KEYS, CONFIGS[i])), "offset": store(bank)})

    for name, length in WINDOWS:
        seen = window(np.resize(waves[name], length), CONFIGS[2])
        index["windows"].append({
            "signal": name, "len": length, "config": dict(zip(KEYS, CONFIGS[2])),
            "n_frames": seen.shape[1], "offset": store(seen),
        })

    (HERE / "golden.f32").write_bytes(np.concatenate(blob).tobytes())
    lines = [f'"signals": {json.dumps(index["signals"])}']
    for key in ("cases", "banks", "windows"):
        lines.append(f'"{key}": [\n' + ",\n".join(json.dumps(c) for c in index[key]) + "\n]")
    (HERE / "golden.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"librosa {librosa.__version__}, numpy {np.__version__}: {len(index['cases'])} cases")
    print(f"at most {distance:.1e} dB from librosa in float64, within 80 dB of the maximum")


if __name__ == "__main__":
    main()
