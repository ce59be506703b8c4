"""Milliseconds a window of each training step in PyTorch, as a JSON array: the peer of step.rs.

The networks of src/model/{cnn,cnn_gru}.rs in PyTorch's own layers, and the step of the trainer:
label smoothing, AdamW, clipped gradients, an average of the weights.

    python train/benches/pytorch.py [--network cnn|cnn-gru] [--threads 2] [--batch 32] [--steps 30]
"""

import argparse
import json
import time

import torch
from torch import nn

N_MELS, N_FRAMES, N_LABELS, DROPOUT = 64, 128, 8, 0.3
WARM_UP = 3


class ConvNorm(nn.Sequential):
    def __init__(self, n_in, n_out, kernel, stride):
        super().__init__(
            nn.Conv2d(n_in, n_out, kernel, stride, kernel // 2, bias=False),
            nn.BatchNorm2d(n_out),
        )


class SqueezeExcite(nn.Module):
    def __init__(self, channels):
        super().__init__()
        bottleneck = max(channels // 8, 4)
        self.squeeze = nn.Linear(channels, bottleneck)
        self.excite = nn.Linear(bottleneck, channels)

    def forward(self, x):
        scale = torch.sigmoid(self.excite(torch.relu(self.squeeze(x.mean((2, 3))))))
        return x * scale[:, :, None, None]


class ResidualBlock(nn.Module):
    def __init__(self, n_in, n_out, stride):
        super().__init__()
        self.first = ConvNorm(n_in, n_out, 3, stride)
        self.second = ConvNorm(n_out, n_out, 3, 1)
        self.excite = SqueezeExcite(n_out)
        same_shape = n_in == n_out and stride == (1, 1)
        self.shortcut = nn.Identity() if same_shape else ConvNorm(n_in, n_out, 1, stride)

    def forward(self, x):
        inner = self.excite(self.second(torch.relu(self.first(x))))
        return torch.relu(inner + self.shortcut(x))


class ConvStack(nn.Module):
    def __init__(self, channels, strides):
        super().__init__()
        self.stem = ConvNorm(1, channels[0], 3, strides[0])
        pairs = zip(channels, channels[1:], strides[1:])
        self.stages = nn.Sequential(*(ResidualBlock(*pair) for pair in pairs))

    def forward(self, x):
        return self.stages(torch.relu(self.stem(x))).flatten(1, 2)


def statistics_pool(x):
    mean = x.mean(2, keepdim=True)
    variance = (x - mean).square().mean(2)
    return torch.cat([mean.squeeze(2), (variance + 1e-5).sqrt()], 1)


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.stack = ConvStack([16, 24, 48, 64], [(2, 2), (2, 2), (2, 2), (2, 1)])
        self.dropout = nn.Dropout(DROPOUT)
        self.head = nn.Linear(2 * 64 * N_MELS // 16, N_LABELS)

    def forward(self, x):
        return self.head(self.dropout(statistics_pool(self.stack(x))))


class CnnGru(nn.Module):
    def __init__(self, hidden=48):
        super().__init__()
        self.stack = ConvStack([16, 24, 48], [(2, 1), (2, 2), (2, 2)])
        self.project = nn.Linear(48 * N_MELS // 8, 2 * hidden)
        self.gru = nn.GRU(2 * hidden, hidden, bidirectional=True, batch_first=True)
        self.dropout = nn.Dropout(DROPOUT)
        self.head = nn.Linear(4 * hidden, N_LABELS)

    def forward(self, x):
        steps = self.stack(x).transpose(1, 2)
        steps = self.dropout(torch.relu(self.project(steps)))
        pooled = statistics_pool((steps + self.gru(steps)[0]).transpose(1, 2))
        return self.head(self.dropout(pooled))


def measure(network, batch, steps):
    net = {"cnn": Cnn, "cnn-gru": CnnGru}[network]()
    optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=0.02)
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
    tensors = [t.detach() for t in net.state_dict().values() if t.is_floating_point()]
    average = [t.clone() for t in tensors]
    times = []
    for _ in range(WARM_UP + steps):
        x = torch.randn(batch, 1, N_MELS, N_FRAMES)
        labels = torch.randint(N_LABELS, (batch,))
        started = time.perf_counter()
        optimizer.zero_grad()
        loss = criterion(net(x), labels)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        optimizer.step()
        torch._foreach_lerp_(average, tensors, 0.005)
        times.append(1e3 * (time.perf_counter() - started) / batch)
    return times[WARM_UP:]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", choices=["cnn", "cnn-gru"], default="cnn")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--steps", type=int, default=30)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    print(json.dumps(measure(args.network, args.batch, args.steps)))


if __name__ == "__main__":
    main()
