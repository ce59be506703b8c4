# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy>=2"]
# ///
"""Makes voice.wav, a synthetic voice for tests on machines without a corpus of real ones.

    uv run tests/data/make_voice.py

A source-filter synthesiser after D. Klatt, "Software for a cascade/parallel formant synthesizer",
JASA 67(3), 1980: a glottal pulse train with moving pitch and some breath noise, through a cascade
of resonators that glide from vowel to vowel. Eight syllables between two stretches of faint noise.
"""

import wave
from pathlib import Path

import numpy as np

RATE = 16000
LEAD_S, TAIL_S = 0.6, 0.7
NOISE_FLOOR = 4e-4  # -68 dB of full scale: a quiet room

# Formants of an adult male in Hz (Peterson and Barney, JASA 24(2), 1952), and bandwidths.
VOWELS = {
    "a": (730, 1090, 2440, 3400),
    "e": (530, 1840, 2480, 3500),
    "i": (270, 2290, 3010, 3600),
    "o": (570, 840, 2410, 3300),
    "u": (300, 870, 2240, 3300),
}
BANDWIDTHS = (70, 90, 130, 200)

# vowel, voiced seconds, loudness, pitch in Hz at start and end, seconds of hiss before it
SYLLABLES = [
    ("a", 0.22, 0.9, 140, 165, 0.00),
    ("i", 0.18, 0.8, 165, 190, 0.06),
    ("o", 0.24, 1.0, 195, 170, 0.03),
    ("e", 0.20, 0.8, 170, 155, 0.05),
    ("a", 0.26, 1.0, 160, 215, 0.04),
    ("u", 0.18, 0.7, 200, 175, 0.03),
    ("i", 0.20, 0.8, 175, 150, 0.07),
    ("a", 0.30, 0.9, 150, 105, 0.04),
]


def fade(length, edge):
    """A hill with raised-cosine slopes of `edge` samples."""
    edge = min(edge, length // 2)
    slope = 0.5 - 0.5 * np.cos(np.pi * np.arange(edge) / edge)
    return np.concatenate([slope, np.ones(length - 2 * edge), slope[::-1]])


def controls():
    """Pitch, voicing, hiss and formants, one value a sample."""
    pitch, voiced, hiss, formants = [], [], [], []
    for vowel, seconds, loudness, f0_start, f0_end, hiss_seconds in SYLLABLES:
        n_hiss, n = int(hiss_seconds * RATE), int(seconds * RATE)
        pitch += [np.full(n_hiss, f0_start), np.linspace(f0_start, f0_end, n)]
        voiced += [np.zeros(n_hiss), loudness * fade(n, int(0.035 * RATE))]
        hiss += [0.25 * fade(n_hiss, int(0.015 * RATE)), np.full(n, 0.0)]
        formants += [np.tile(VOWELS[vowel], (n_hiss + n, 1))]
    formants = np.concatenate(formants).astype(float)
    glide = np.hanning(int(0.06 * RATE))  # the tongue takes its time
    padded = np.pad(formants, ((len(glide) // 2, len(glide) - len(glide) // 2 - 1), (0, 0)), "edge")
    formants = np.stack(
        [np.convolve(f, glide / glide.sum(), "valid") for f in padded.T], axis=1
    )
    return np.concatenate(pitch), np.concatenate(voiced), np.concatenate(hiss), formants


def glottal_flow(phase):
    """Rosenberg's pulse (JASA 49(2B), 1971): opens for 40% of the period, closes in 16%."""
    opening = 0.5 * (1 - np.cos(np.pi * phase / 0.4))
    closing = np.cos(np.pi / 2 * (phase - 0.4) / 0.16)
    return np.where(phase < 0.4, opening, np.where(phase < 0.56, closing, 0.0))


def resonate(x, frequency, bandwidth):
    """Klatt's two-pole resonator with a frequency of its own for every sample."""
    c = -np.exp(-2 * np.pi * bandwidth / RATE)
    b = 2 * np.exp(-np.pi * bandwidth / RATE) * np.cos(2 * np.pi * frequency / RATE)
    a = 1 - b - c
    y = np.zeros(len(x) + 2)
    for n in range(len(x)):
        y[n + 2] = a[n] * x[n] + b[n] * y[n + 1] + c * y[n]
    return y[2:]


def main():
    rng = np.random.default_rng(7)
    pitch, voiced, hiss, formants = controls()
    jitter = 1 + 0.006 * np.cumsum(rng.standard_normal(len(pitch)) / np.sqrt(RATE / 20))
    phase = np.cumsum(pitch * jitter / RATE) % 1.0
    flow = glottal_flow(phase)
    # The lips radiate the flow's derivative.
    source = np.diff(flow, prepend=0.0) + 0.02 * rng.standard_normal(len(flow)) * flow
    voice = voiced * source
    for i, bandwidth in enumerate(BANDWIDTHS):
        voice = resonate(voice, formants[:, i], bandwidth)
    friction = np.diff(rng.standard_normal(len(hiss)), prepend=0.0) * hiss
    speech = 0.5 * voice / np.abs(voice).max() + 0.08 * friction
    speech = np.concatenate([np.zeros(int(LEAD_S * RATE)), speech, np.zeros(int(TAIL_S * RATE))])
    speech += NOISE_FLOOR * rng.standard_normal(len(speech))

    pcm = np.clip(np.round(speech * 32767), -32768, 32767).astype("<i2")
    with wave.open(str(Path(__file__).with_name("voice.wav")), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(pcm.tobytes())
    print(f"{len(pcm) / RATE:.2f} s")


if __name__ == "__main__":
    main()
