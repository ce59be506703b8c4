"""Writes prosody.json: the figures of the last four seconds of voice.wav, by NumPy.

    python make_prosody.py

A second hand at what src/prosody does, in double precision, written from the description alone.
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


def figures(semitones, score, periodicity, level):
    state = path(semitones, score, level)
    voiced = state < PEAKS
    t = np.flatnonzero(voiced)
    pitch, ratio = semitones[t, state[t]], periodicity[t, state[t]]
    edges = np.diff(np.concatenate([[0], voiced.astype(int), [0]]))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    glides = np.diff(pitch)[np.diff(t) == 1]
    level = np.maximum(level - level.max(), -40)
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
        *spread(10 * np.log10(ratio / (1 - ratio)), (20, 80)),
        *spread(level[speech], (20, 50, 80)),
        *moves(steps),
        len(starts) / seconds,
        *spread(frame * (ends - starts)),
        *spread(frame * (starts[1:] - ends[:-1])),
        voiced.sum() / speech.sum(),
        beats / seconds,
    ]


def main():
    with wave.open(str(HERE / "voice.wav")) as file:
        assert file.getframerate() == RATE
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
    parts = [part[-CONTEXT:] for part in candidates(samples)]
    (HERE / "prosody.json").write_text(json.dumps([float(x) for x in figures(*parts)]) + "\n")


if __name__ == "__main__":
    main()
