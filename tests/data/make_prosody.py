"""Writes prosody.json: the prosody functionals of the last four seconds of voice.wav, by NumPy.

    python make_prosody.py

A second implementation of src/prosody in double precision, written from its description alone.
"""

import json
import wave
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
RATE, LENGTH, HOP, CONTEXT = 16_000, 1024, 256, 250
LAGS = np.arange(26, 229)
PEAKS = 5


def frames_of(samples):
    padded = np.pad(samples, LENGTH // 2)
    return np.lib.stride_tricks.sliding_window_view(padded, LENGTH)[::HOP]


def autocorrelation(frames):
    spectrum = np.abs(np.fft.rfft(frames, 2 * LENGTH)) ** 2
    return np.fft.irfft(spectrum)[:, :LENGTH]


def candidates(samples):
    """Of each frame: pitch in semitones, score and periodicity of its best peaks; its level."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(LENGTH) / LENGTH)
    of_window = autocorrelation(window[None])[0]
    r = autocorrelation(frames_of(samples) * window)
    power = r[:, 0] + 1e-14
    r = r / power[:, None] / (of_window / of_window[0])
    here = r[:, LAGS]
    is_peak = (here > r[:, LAGS - 1]) & (here >= r[:, LAGS + 1])
    score = np.where(is_peak, here + 0.02 * np.log2(LAGS[-1] + 1.0) - 0.02 * np.log2(LAGS), -1.0)
    best = np.argsort(-score, axis=1, kind="stable")[:, :PEAKS]
    t = np.arange(len(r))[:, None]
    lag = LAGS[best]
    before, at, after = r[t, lag - 1], r[t, lag], r[t, lag + 1]
    bend = before - 2 * at + after
    offset = np.where(np.abs(bend) > 1e-9, (before - after) / np.where(bend == 0, 1, 2 * bend), 0).clip(-0.5, 0.5)
    semitones = 12 * np.log2(RATE / (lag + offset) / 55)
    return semitones, score[t, best], at.clip(1e-3, 0.999), 10 * np.log10(power / of_window[0] + 1e-14)


def path(semitones, score, level):
    """Index of each frame's peak; PEAKS without a voice."""
    unvoiced = 0.45 + ((level.max() - level - 15) / 10).clip(0, 1)
    own = np.hstack([score, unvoiced[:, None]])
    reached, came_from = own[0], []
    for i in range(1, len(own)):
        cost = np.full((PEAKS + 1, PEAKS + 1), 0.084)
        cost[:PEAKS, :PEAKS] = 0.21875 / 12 * np.abs(semitones[i - 1][:, None] - semitones[i])
        cost[PEAKS, PEAKS] = 0
        all_ways = reached[:, None] - cost
        came_from.append(all_ways.argmax(0))
        reached = all_ways.max(0) + own[i]
    state = [int(reached.argmax())]
    for back in reversed(came_from):
        state.append(int(back[state[-1]]))
    return np.array(state[::-1])


def spread(values, percentiles=()):
    if len(values) == 0:
        return [0.0] * (2 + len(percentiles))
    return [values.mean(), values.std(), *np.percentile(values, percentiles)]


def moves(steps):
    return spread(steps[steps > 0]) + spread(steps[steps < 0])


def smooth(values, reach):
    return np.array([values[max(i - reach, 0) : i + reach + 1].mean() for i in range(len(values))])


def pitch_functionals(pitch, voiced, harmonics, level):
    """The first functionals: of pitch, level and rhythm."""
    edges = np.diff(np.concatenate([[0], voiced.astype(int), [0]]))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    glides = steps_of(pitch, voiced)
    speech = level > -30
    steps = np.diff(smooth(level, 1))[speech[1:] & speech[:-1]]
    around = smooth(level, 2)
    beats = ((around[1:-1] > around[:-2]) & (around[1:-1] >= around[2:]) & (around[1:-1] > -25)).sum()
    frame = HOP / RATE
    seconds = frame * speech.sum()
    return [
        *spread(pitch, (5, 20, 50, 80, 95)),
        *moves(glides),
        np.abs(glides).mean(),
        *spread(harmonics, (20, 80)),
        *spread(level[speech], (20, 50, 80)),
        *moves(steps),
        len(starts) / seconds,
        *spread(frame * (ends - starts)),
        *spread(frame * (starts[1:] - ends[:-1])),
        voiced.sum() / speech.sum(),
        beats / seconds,
    ]


def steps_of(pitch, voiced):
    return np.diff(pitch)[np.diff(np.flatnonzero(voiced)) == 1]


def mel_bands(samples):
    """64 Slaney bands to 8 kHz, in dB, as librosa has them."""
    octave = 27 / np.log(6.4)
    mel = np.linspace(0, 15 + np.log(8) * octave, 66)
    hz = np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) / octave))
    bins = np.fft.rfftfreq(LENGTH, 1 / RATE)
    low, middle, high = hz[:-2, None], hz[1:-1, None], hz[2:, None]
    bank = np.minimum((bins - low) / (middle - low), (high - bins) / (high - middle)).clip(0) * 2 / (high - low)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(LENGTH) / LENGTH)
    power = np.abs(np.fft.rfft(frames_of(samples) * window)) ** 2
    return 10 * np.log10(np.maximum(power @ bank.T, 1e-10))


def slope(values):
    ends = np.pad(values, ((2, 2), (0, 0)), mode="edge")
    return (2 * (ends[4:] - ends[:-4]) + ends[3:-1] - ends[1:-3]) / 10


def rasta(values):
    before = np.pad(values, ((4, 0), (0, 0)), mode="edge")
    out = 0.2 * (before[4:] - before[:-4]) + 0.1 * (before[3:-1] - before[1:-3])
    for i in range(1, len(out)):
        out[i] += 0.94 * out[i - 1]
    return out


def descriptors(mel, pitch, voiced, harmonics, periodicity, level):
    bands = np.maximum(mel - mel.max(), -60)
    n = np.arange(64)
    cepstra = bands @ np.cos(np.pi / 64 * (n[:, None] + 0.5) * np.arange(1, 14)) / 64
    power = 10 ** (bands / 10)
    share = power / power.sum(1, keepdims=True)
    centroid = share @ n
    spreads = np.sqrt((share * (n - centroid[:, None]) ** 2).sum(1))
    entropy = -(share * np.log(share)).sum(1)
    shape = np.stack([centroid, spreads, entropy, bands @ (n - 31.5) / 64], 1)
    levelled = bands - bands.mean(1, keepdims=True)
    flux = np.abs(np.diff(levelled, axis=0, prepend=levelled[:1])).mean(1)
    level, periodicity = level[:, None], periodicity[:, None]
    of_frames = np.hstack(
        [
            rasta(bands.reshape(len(bands), 16, 4).mean(2)),
            cepstra,
            level,
            slope(level),
            shape,
            slope(shape),
            flux[:, None],
            periodicity,
            slope(periodicity),
        ]
    )
    loud = np.flatnonzero(level > -30)
    of_frames = of_frames[max(loud[0] - 3, 0) : loud[-1] + 4]
    return [*of_frames.T, pitch, steps_of(pitch, voiced), harmonics]


def functionals(x):
    if len(x) < 6:
        return [0.0] * 22
    deviation = x.std() + 1e-6
    z = (x - x.mean()) / deviation
    low, *percentiles, high = np.percentile(x, (1, 5, 25, 75, 95, 99))
    line = np.linspace(-1, 1, len(x))
    parabola = line**2 - (line**2).mean()
    slope, bend = (x @ line) / (line @ line), (x @ parabola) / (parabola @ parabola)
    rest = x - x.mean() - slope * line - bend * parabola
    peaks = x[1:-1][(x[1:-1] > x[:-2]) & (x[1:-1] >= x[2:])]
    height = peaks.mean() - x.mean() if len(peaks) else 0.0
    return [
        deviation,
        *(percentiles - np.median(x)),
        slope,
        bend,
        rest.std(),
        (z**3).mean(),
        (z**4).mean(),
        *[(x > low + part * (high - low + 1e-6)).mean() for part in (0.25, 0.5, 0.75, 0.9)],
        (np.diff(x) > 0).mean(),
        height,
        peaks.std() if len(peaks) else 0.0,
        len(peaks) / len(x),
        *[(z[lag:] * z[:-lag]).mean() if len(z) > lag else 0.0 for lag in (2, 5, 10, 20)],
    ]


def prosody_functionals(mel, semitones, score, periodicity, level):
    state = path(semitones, score, level)
    voiced = state < PEAKS
    t = np.flatnonzero(voiced)
    pitch, ratio = semitones[t, state[t]], periodicity[t, state[t]]
    harmonics = 10 * np.log10(ratio / (1 - ratio))
    best = np.where(score[:, 0] > -1, periodicity[:, 0], 0)
    level = np.maximum(level - level.max(), -40)
    all_descriptors = descriptors(mel, pitch, voiced, harmonics, best, level)
    return [*pitch_functionals(pitch, voiced, harmonics, level), *np.concatenate([functionals(x) for x in all_descriptors])]


def main():
    with wave.open(str(HERE / "voice.wav")) as file:
        assert file.getframerate() == RATE
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
    parts = [part[-CONTEXT:] for part in (mel_bands(samples), *candidates(samples))]
    (HERE / "prosody.json").write_text(json.dumps([float(f"{x:.7g}") for x in prosody_functionals(*parts)]) + "\n")


if __name__ == "__main__":
    main()
