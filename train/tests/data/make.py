#!/usr/bin/env python3
"""Makes the FLAC recordings of the tests, and the WAV that one of them is checked against.

Needs `flac` (the reference encoder; 1.4.2 made the files that are checked in). Run it in this folder.
"""

import random
import struct
import subprocess
import wave

VOICE = "../../../tests/data/voice.wav"


def encode(wav, flac):
    subprocess.run(["flac", "--best", "--silent", "--force", "--no-padding", "--no-seektable", "-o", flac, wav], check=True)


def stereo(path):
    """A quarter of a second with all that 16-bit mono has not: channels that differ, and 24 bits in use."""
    with wave.open(VOICE) as voice:
        count = voice.getnframes()
        samples = struct.unpack(f"<{count}h", voice.readframes(count))
    random.seed(1)
    with wave.open(path, "w") as out:
        out.setparams((2, 3, 16000, 0, "NONE", ""))
        for i in range(8000, 12000):
            left = samples[i] * 256 + random.randrange(256)
            right = samples[i - 40] * 64 - samples[i] * 128 + random.randrange(256)
            out.writeframes(struct.pack("<i", left)[:3] + struct.pack("<i", right)[:3])


stereo("stereo-24-bit.wav")
encode("stereo-24-bit.wav", "stereo-24-bit.flac")
encode(VOICE, "voice.flac")
