# /// script
# requires-python = ">=3.11"
# dependencies = ["librosa==0.11.0", "numpy==2.4.6", "scipy==1.17.1", "torch==2.15.0"]
# ///
"""Makes what train/tests/import.rs compares with: logits that PyTorch computes.

    uv run train/tests/data/make_pytorch_golden.py      (or: python3, with these installed)

Writes beside itself:
    small.pt      a checkpoint as torch.save writes it, of a small network
    pytorch.json  the logits of the small network, and of one of the size that emotion_cnn.pt has,
                  for an input of `numbers`, and of the latter for tests/data/voice.wav

The weights of the large network take 8 MB, so they are not kept: the test makes them by the same
formula, `numbers`, to the last bit.
"""

import json
from pathlib import Path

import librosa
import numpy as np
import torch
from torch import nn

HERE = Path(__file__).parent
VOICE = HERE.parents[2] / "tests/data/voice.wav"


class PlainCnn(nn.Module):
    """Three convolutions with batch normalisation and pooling, two linear layers."""

    def __init__(self, channels, n_mels, n_frames, hidden, n_labels):
        super().__init__()
        for at, (inputs, outputs) in enumerate(zip([1, *channels], channels), 1):
            setattr(self, f"conv{at}", nn.Conv2d(inputs, outputs, kernel_size=3, padding=1))
            setattr(self, f"bn{at}", nn.BatchNorm2d(outputs))
        self.n_stages = len(channels)
        places = (n_mels >> self.n_stages) * (n_frames >> self.n_stages)
        self.fc1 = nn.Linear(channels[-1] * places, hidden)
        self.fc2 = nn.Linear(hidden, n_labels)

    def forward(self, x):
        for at in range(1, self.n_stages + 1):
            x = getattr(self, f"bn{at}")(getattr(self, f"conv{at}")(x))
            x = nn.functional.max_pool2d(nn.functional.relu(x), 2)
        return self.fc2(nn.functional.relu(self.fc1(x.flatten(1))))


def numbers(seed, count):
    """The same numbers in [-0.5, 0.5) everywhere (Wellons' lowbias32)."""
    x = np.arange(count, dtype=np.uint32) + np.uint32(seed * 0x9E3779B9 % 2**32)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x7FEB352D)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x846CA68B)
    x ^= x >> np.uint32(16)
    return (x >> np.uint32(8)).astype(np.float32) / np.float32(2**24) - np.float32(0.5)


# What the numbers of each tensor are multiplied with, and what is added: activations stay near 1.
WEIGHTS = {"conv1": 2.0, "conv2": 0.5, "conv3": 0.25, "fc1": 2.0**-5, "fc2": 0.5}


def fill(net):
    state = net.state_dict()
    names = [name for name in state if not name.endswith("num_batches_tracked")]
    for seed, name in enumerate(names, 1):
        layer, own = name.split(".")
        factor, offset = {
            "weight": (WEIGHTS[layer], 0.0) if layer in WEIGHTS else (0.5, 1.0),
            "bias": (0.25, 0.0),
            "running_mean": (0.5, 0.0),
            "running_var": (1.0, 1.0),
        }[own]
        shape = state[name].shape
        values = np.float32(factor) * numbers(seed, shape.numel()) + np.float32(offset)
        state[name] = torch.from_numpy(values.reshape(shape))
    net.load_state_dict(state)
    return net.eval()


def logits(net, window):
    with torch.no_grad():
        return net(torch.from_numpy(np.ascontiguousarray(window))[None, None])[0].tolist()


def window_of(path):
    """128 frames below the maximum, from 0 to 1, filled up with the floor."""
    samples, rate = librosa.load(path, sr=16000)
    mel = librosa.feature.melspectrogram(y=samples, sr=rate, n_mels=128, hop_length=512)
    decibels = librosa.power_to_db(mel, ref=np.max)
    decibels = np.pad(decibels, ((0, 0), (0, 128 - decibels.shape[1])), constant_values=-80)
    return ((decibels + 80) / 80).astype(np.float32)


def main():
    torch.manual_seed(1)
    small = PlainCnn([4, 6, 8], 16, 24, 12, 3)
    for module in small.modules():
        if isinstance(module, nn.BatchNorm2d):
            # As if it had been trained.
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias)
            nn.init.normal_(module.running_mean)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    torch.save(small.state_dict(), HERE / "small.pt")
    large = fill(PlainCnn([16, 32, 64], 128, 128, 128, 8))
    golden = {
        "small": logits(small.eval(), numbers(0, 16 * 24).reshape(16, 24) + np.float32(0.5)),
        "large": logits(large, numbers(0, 128 * 128).reshape(128, 128) + np.float32(0.5)),
        "voice": logits(large, window_of(VOICE)),
    }
    (HERE / "pytorch.json").write_text(json.dumps(golden, indent=1) + "\n")
    print(f"torch {torch.__version__}, librosa {librosa.__version__}:", golden)


if __name__ == "__main__":
    main()
