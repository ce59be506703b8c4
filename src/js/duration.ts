// How long a compressed recording is, by what its container says: asked before the browser decodes it whole.

/** Reads the length in milliseconds where the format is one of these; `null` where it is another, or does not say. */
export function durationOf(bytes: Uint8Array<ArrayBuffer>): number | null {
  const file = new Bytes(bytes);
  const seconds = file.has("fLaC", 0)
    ? flac(file)
    : file.has("OggS", 0)
      ? ogg(file)
      : file.has("ftyp", 4)
        ? mp4(file)
        : file.matches([0x1a, 0x45, 0xdf, 0xa3], 0)
          ? matroska(file)
          : mp3(file);
  return seconds !== null && Number.isFinite(seconds) ? seconds * 1000 : null;
}

/** Bytes that are read beyond their end as zeros: a damaged file is for the decoder to refuse. */
class Bytes {
  readonly view: Uint8Array<ArrayBuffer>;

  constructor(view: Uint8Array<ArrayBuffer>) {
    this.view = view;
  }

  get length(): number {
    return this.view.length;
  }

  at(index: number): number {
    return this.view[index] ?? 0;
  }

  /** A big-endian number of some bytes. */
  number(index: number, length: number): number {
    let value = 0;
    for (let i = 0; i < length; i++) value = value * 256 + this.at(index + i);
    return value;
  }

  /** A little-endian one. */
  littleEndian(index: number, length: number): number {
    let value = 0;
    for (let i = length - 1; i >= 0; i--) value = value * 256 + this.at(index + i);
    return value;
  }

  matches(pattern: readonly number[], index: number): boolean {
    return pattern.every((byte, i) => this.at(index + i) === byte);
  }

  has(text: string, index: number): boolean {
    return this.matches(codes(text), index);
  }

  /** Where a pattern comes first from `from` on; -1 where it does not, before `end`. */
  find(pattern: readonly number[], from: number, end = this.length): number {
    const [first = 0] = pattern;
    for (let i = this.view.indexOf(first, from); i >= 0 && i < end; i = this.view.indexOf(first, i + 1)) {
      if (this.matches(pattern, i)) return i;
    }
    return -1;
  }

  /** Where it comes last. */
  findLast(pattern: readonly number[]): number {
    const [first = 0] = pattern;
    for (let i = this.view.lastIndexOf(first); i >= 0; i = i > 0 ? this.view.lastIndexOf(first, i - 1) : -1) {
      if (this.matches(pattern, i)) return i;
    }
    return -1;
  }
}

/** RFC 9639, section 8.2: the stream information comes first. */
function flac(file: Bytes): number | null {
  const sampleRate = file.number(18, 3) >> 4;
  const samples = (file.at(21) & 0x0f) * 2 ** 32 + file.number(22, 4);
  return samples > 0 ? samples / sampleRate : null;
}

/** RFC 3533: the last page says at which sample it ends. Opus always counts 48,000 a second (RFC 7845). */
function ogg(file: Bytes): number | null {
  const vorbis = file.find(codes("\x01vorbis"), 0, 4096);
  const sampleRate = vorbis >= 0 ? file.littleEndian(vorbis + 12, 4) : 48_000;
  return file.littleEndian(file.findLast(codes("OggS")) + 6, 8) / sampleRate;
}

/** ISO/IEC 14496-12, section 8.2.2: the movie header. */
function mp4(file: Bytes): number | null {
  const header = file.find(codes("mvhd"), 0);
  if (header < 0) return null;
  const isLong = file.at(header + 4) === 1;
  const timescale = file.number(header + (isLong ? 24 : 16), 4);
  return file.number(header + (isLong ? 28 : 20), isLong ? 8 : 4) / timescale;
}

/** RFC 9559: the last cluster's time, since what a browser records has no other. */
function matroska(file: Bytes): number | null {
  const scale = file.find([0x2a, 0xd7, 0xb1], 0, 4096);
  const nanoseconds = scale >= 0 ? file.number(scale + 4, file.at(scale + 3) & 0x7f) : 1_000_000;
  const cluster = file.findLast([0x1f, 0x43, 0xb6, 0x75]);
  const time = file.find([0xe7], cluster + 5, cluster + 16);
  if (cluster < 0 || time < 0) return null;
  return (file.number(time + 2, file.at(time + 1) & 0x7f) * nanoseconds) / 1e9;
}

/** Bit rates of layer III in kbit/s: of MPEG-1, and of the lower rates of MPEG-2 and 2.5. */
const BIT_RATES = [
  [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];
const SAMPLE_RATES = [44_100, 48_000, 32_000];

/** ISO/IEC 11172-3, section 2.4.2.3: the first frame; and the count of frames that encoders leave in it. */
function mp3(file: Bytes): number | null {
  // The tag before it tells its size in bytes of seven bits.
  const tag = file.has("ID3", 0) ? 10 + [6, 7, 8, 9].reduce((size, i) => size * 128 + file.at(i), 0) : 0;
  const frame = file.find([0xff], tag, tag + 4096);
  const version = (file.at(frame + 1) >> 3) & 3;
  const layer = (file.at(frame + 1) >> 1) & 3;
  if (frame < 0 || file.at(frame + 1) < 0xe0 || version === 1 || layer !== 1) return null;
  const isFirst = version === 3;
  const sampleRate = (SAMPLE_RATES[(file.at(frame + 2) >> 2) & 3] ?? NaN) / (isFirst ? 1 : version === 2 ? 2 : 4);
  const count = Math.max(file.find(codes("Xing"), frame, frame + 64), file.find(codes("Info"), frame, frame + 64));
  if (count >= 0 && file.at(count + 7) & 1) return (file.number(count + 8, 4) * (isFirst ? 1152 : 576)) / sampleRate;
  const bitRate = BIT_RATES[isFirst ? 0 : 1]?.[file.at(frame + 2) >> 4] ?? 0;
  return (file.length - frame) / (bitRate * 125);
}

function codes(text: string): number[] {
  return [...text].map((character) => character.charCodeAt(0));
}
