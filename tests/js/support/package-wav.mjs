// WAV files made for a test.

/** A mono WAV of 16-bit samples; `header` fields may be overridden to make a bad one. */
export function wav(samples, { sampleRate = 16_000, channels = 1 } = {}) {
  const bytes = Buffer.alloc(44 + samples.length * 2);
  bytes.write("RIFF", 0);
  bytes.writeUInt32LE(36 + samples.length * 2, 4);
  bytes.write("WAVEfmt ", 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(channels, 22);
  bytes.writeUInt32LE(sampleRate, 24);
  bytes.writeUInt32LE(sampleRate * channels * 2, 28);
  bytes.writeUInt16LE(channels * 2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write("data", 36);
  bytes.writeUInt32LE(samples.length * 2, 40);
  samples.forEach((sample, i) => bytes.writeInt16LE(Math.round(sample * 32_767), 44 + i * 2));
  return bytes;
}

/** The samples of a mono 16-bit WAV with a plain header, and their rate. */
export function decode(bytes) {
  const at = bytes.indexOf("data") + 8;
  const samples = Float32Array.from({ length: (bytes.length - at) >> 1 }, (_, i) => bytes.readInt16LE(at + i * 2) / 32_768);
  return { samples, sampleRate: bytes.readUInt32LE(24) };
}
