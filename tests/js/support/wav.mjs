// WAV files, sound and broken.

/**
 * A WAV of 16-bit samples.
 * @param {ArrayLike<number>} samples -1 to 1
 * @param {{ sampleRate?: number, channels?: number }} [options]
 */
export const wav = (samples, options) => rawWav({ data: pcm16(samples), ...options });

/**
 * A WAV byte by byte.
 * @param {object} options
 * @param {Buffer} options.data the sample bytes
 * @param {number} [options.dataSize] what the header claims, where it lies
 * @param {1 | 3} [options.format] PCM or float
 */
export function rawWav({ data, format = 1, channels = 1, sampleRate = 16_000, bits = 16, dataSize = data.length }) {
  const blockAlign = (channels * bits) / 8;
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + dataSize, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(format, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * blockAlign, 28);
  header.writeUInt16LE(blockAlign, 32);
  header.writeUInt16LE(bits, 34);
  header.write("data", 36);
  header.writeUInt32LE(dataSize, 40);
  return Buffer.concat([header, data]);
}

/** @param {ArrayLike<number>} samples -1 to 1 */
export function pcm16(samples) {
  const data = Buffer.alloc(samples.length * 2);
  for (let i = 0; i < samples.length; i++) {
    data.writeInt16LE(Math.max(-32_768, Math.min(32_767, Math.round(samples[i] * 32_767))), i * 2);
  }
  return data;
}

/** @param {ArrayLike<number>} samples */
export function float32(samples) {
  const data = Buffer.alloc(samples.length * 4);
  for (let i = 0; i < samples.length; i++) data.writeFloatLE(samples[i], i * 4);
  return data;
}

/**
 * The samples of a mono 16-bit WAV, and their rate.
 * @param {Buffer} bytes
 * @returns {{ samples: Float32Array, sampleRate: number }}
 */
export function decode(bytes) {
  let sampleRate = 0;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = bytes.toString("latin1", at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    const body = at + 8;
    if (name === "fmt ") {
      const shape = [bytes.readUInt16LE(body), bytes.readUInt16LE(body + 2), bytes.readUInt16LE(body + 14)];
      if (shape.join() !== "1,1,16") throw new Error(`expected 16-bit mono PCM, got format, channels, bits ${shape}`);
      sampleRate = bytes.readUInt32LE(body + 4);
    } else if (name === "data") {
      const samples = Float32Array.from({ length: size / 2 }, (_, i) => bytes.readInt16LE(body + 2 * i) / 32_768);
      return { samples, sampleRate };
    }
    at = body + size + (size % 2);
  }
  throw new Error("expected a data chunk, got none");
}
