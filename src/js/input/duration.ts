// The duration of a compressed recording, read from its container before the browser decodes the whole. The value is as precise as
// a limit needs. A library for these containers (mediabunny) would add 61 kB to every page; these modules add 2 kB.

import { ByteReader, codesOf } from "./byte-reader.js";
import { mp4Seconds } from "./mp4-duration.js";

/** Reads the duration in milliseconds; `null` for an unknown format, or where the container holds none. */
export function durationOf(bytes: Uint8Array<ArrayBuffer>): number | null {
  const file = new ByteReader(bytes);
  const seconds = file.has("fLaC", 0)
    ? flac(file)
    : file.has("OggS", 0)
      ? ogg(file)
      : file.has("ftyp", 4)
        ? mp4Seconds(file)
        : file.matches([0x1a, 0x45, 0xdf, 0xa3], 0)
          ? matroska(file)
          : (adts(file) ?? mp3(file));
  return seconds !== null && Number.isFinite(seconds) ? seconds * 1000 : null;
}

/** RFC 9639, section 8.2: the stream information block comes first. */
function flac(file: ByteReader): number | null {
  const sampleRate = file.number(18, 3) >> 4;
  const samples = (file.at(21) & 0x0f) * 2 ** 32 + file.number(22, 4);
  return samples > 0 ? samples / sampleRate : null;
}

/** RFC 3533: the last page holds the number of its last sample. Opus counts samples at 48 kHz (RFC 7845). */
function ogg(file: ByteReader): number | null {
  const vorbis = file.find(codesOf("\x01vorbis"), 0, 4096);
  const sampleRate = vorbis >= 0 ? file.littleEndian(vorbis + 12, 4) : 48_000;
  const samples = file.littleEndian(file.findLast(codesOf("OggS")) + 6, 8);
  // All ones: no packet ends on that page.
  return samples > 0 && samples < 2 ** 63 ? samples / sampleRate : null;
}

/** RFC 9559: the time of the last cluster, since a browser's own recordings hold no duration. */
function matroska(file: ByteReader): number | null {
  const scale = file.find([0x2a, 0xd7, 0xb1], 0, 4096);
  const nanoseconds = scale >= 0 ? file.number(scale + 4, file.at(scale + 3) & 0x7f) : 1_000_000;
  const cluster = file.findLast([0x1f, 0x43, 0xb6, 0x75]);
  const time = file.find([0xe7], cluster + 5, cluster + 16);
  if (cluster < 0 || time < 0) return null;
  return (file.number(time + 2, file.at(time + 1) & 0x7f) * nanoseconds) / 1e9;
}

/** The size of an ID3 tag before the first frame, which is stored in bytes of seven bits. */
function tagSize(file: ByteReader): number {
  return file.has("ID3", 0) ? 10 + [6, 7, 8, 9].reduce((size, i) => size * 128 + file.at(i), 0) : 0;
}

const ADTS_RATES = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];

/** ISO/IEC 14496-3, section 1.A.3.2: every frame holds its own length. */
function adts(file: ByteReader): number | null {
  const start = tagSize(file);
  let at = start;
  let seconds = 0;
  while (file.at(at) === 0xff && (file.at(at + 1) & 0xf6) === 0xf0) {
    const sampleRate = ADTS_RATES[(file.at(at + 2) >> 2) & 15];
    const length = (file.number(at + 3, 3) >> 5) & 0x1fff;
    if (sampleRate === undefined || length < 7) break;
    seconds += (((file.at(at + 6) & 3) + 1) * 1024) / sampleRate;
    at += length;
  }
  // After a damaged frame, extrapolates from the frames before it.
  return seconds > 0 ? (seconds * (file.length - start)) / (at - start) : null;
}

/** Bit rates of layer III in kbit/s: of MPEG-1, then of MPEG-2 and 2.5. */
const BIT_RATES = [
  [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];
const SAMPLE_RATES = [44_100, 48_000, 32_000];

/** ISO/IEC 11172-3, section 2.4.2.3: by the frame count that encoders write into the first frame, or by its bit rate. */
function mp3(file: ByteReader): number | null {
  const tag = tagSize(file);
  const frame = file.find([0xff], tag, tag + 4096);
  const version = (file.at(frame + 1) >> 3) & 3;
  const layer = (file.at(frame + 1) >> 1) & 3;
  if (frame < 0 || file.at(frame + 1) < 0xe0 || version === 1 || layer !== 1) return null;
  const isFirst = version === 3;
  const sampleRate = (SAMPLE_RATES[(file.at(frame + 2) >> 2) & 3] ?? NaN) / (isFirst ? 1 : version === 2 ? 2 : 4);
  const count = Math.max(file.find(codesOf("Xing"), frame, frame + 64), file.find(codesOf("Info"), frame, frame + 64));
  if (count >= 0 && file.at(count + 7) & 1) return (file.number(count + 8, 4) * (isFirst ? 1152 : 576)) / sampleRate;
  const bitRate = BIT_RATES[isFirst ? 0 : 1]?.[file.at(frame + 2) >> 4] ?? 0;
  return (file.length - frame) / (bitRate * 125);
}
