// Long recordings made of a short one.

import { open, readFile, writeFile } from "node:fs/promises";

import { decode, pcm16, rawWav } from "./wav.mjs";

/**
 * Writes a WAV in which the clip is heard over and over.
 * @param {string} file
 * @param {string} clip path of a 16-bit mono WAV
 * @param {number} times
 */
export async function writeRepeated(file, clip, times) {
  const { samples, sampleRate } = decode(await readFile(clip));
  const data = pcm16(samples);
  await writeFile(file, rawWav({ data: Buffer.concat(Array(times).fill(data)), sampleRate }));
}

/**
 * Writes a WAV in which the clip is heard once a minute, silence between: a sparse file, so that hours cost little disk.
 * @param {string} file
 * @param {string} clip path of a 16-bit mono WAV
 * @param {number} minutes
 * @returns {Promise<number>} the size of the file in bytes
 */
export async function writeOnceAMinute(file, clip, minutes) {
  const { samples, sampleRate } = decode(await readFile(clip));
  const data = pcm16(samples);
  const bytesAMinute = sampleRate * 2 * 60;
  const dataSize = bytesAMinute * minutes;
  const header = rawWav({ data: Buffer.alloc(0), dataSize, sampleRate });
  const handle = await open(file, "w");
  try {
    await handle.write(header, 0, header.length, 0);
    for (let minute = 0; minute < minutes; minute++) {
      await handle.write(data, 0, data.length, header.length + minute * bytesAMinute);
    }
    await handle.truncate(header.length + dataSize);
  } finally {
    await handle.close();
  }
  return header.length + dataSize;
}
