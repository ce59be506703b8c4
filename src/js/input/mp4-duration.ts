// The duration of an MP4: of its header, or of its fragments where it was recorded or streamed in pieces.

import { codesOf, type ByteReader } from "./byte-reader.js";

/** A box of ISO/IEC 14496-12: its type, and the range of its contents. */
interface Box {
  type: string;
  start: number;
  end: number;
}

/** A track, with the fields that its fragments need. */
interface Track {
  timescale: number;
  /** Duration of a sample that holds none, in units of `timescale`. */
  sampleDuration: number;
  duration: number;
}

/** Reads the duration in seconds; `null` where the file holds none. */
export function mp4Seconds(file: ByteReader): number | null {
  const seconds = Math.max(headerSeconds(file), fragmentSeconds(file));
  return seconds > 0 ? seconds : null;
}

/** Section 8.2.2: the movie header. It does not count fragments. */
function headerSeconds(file: ByteReader): number {
  const header = file.find(codesOf("mvhd"), 0);
  if (header < 0) return 0;
  const isLong = file.at(header + 4) === 1;
  const timescale = file.number(header + (isLong ? 24 : 16), 4);
  const length = isLong ? 8 : 4;
  const duration = file.number(header + (isLong ? 28 : 20), length);
  // All ones: not known. Numbers of 64 bits are rounded here.
  return duration >= 2 ** (8 * length) - 1 || timescale === 0 ? 0 : duration / timescale;
}

/** Section 8.8: the durations of all samples in fragments; the longest track counts. */
function fragmentSeconds(file: ByteReader): number {
  const tracks = new Map<number, Track>();
  const track = (id: number) => {
    const known = tracks.get(id) ?? { timescale: 0, sampleDuration: 0, duration: 0 };
    tracks.set(id, known);
    return known;
  };
  for (const box of boxesIn(file, { type: "", start: 0, end: file.length })) {
    for (const inner of boxesIn(file, box)) {
      if (box.type === "moov" && inner.type === "trak") readTrack(file, inner, track);
      if (box.type === "moov" && inner.type === "mvex") readDefaults(file, inner, track);
      if (box.type === "moof" && inner.type === "traf") readFragment(file, inner, track);
    }
  }
  const seconds = [...tracks.values()].map(({ duration, timescale }) => (timescale > 0 ? duration / timescale : 0));
  return Math.max(0, ...seconds);
}

/** Sections 8.3.2 and 8.4.2: the id and the timescale of a track. */
function readTrack(file: ByteReader, box: Box, track: (id: number) => Track): void {
  let id = 0;
  for (const { type, start, end } of boxesIn(file, box)) {
    if (type === "tkhd") id = file.number(start + (file.at(start) === 1 ? 20 : 12), 4);
    if (type !== "mdia") continue;
    const header = [...boxesIn(file, { type, start, end })].find((inner) => inner.type === "mdhd");
    if (header) track(id).timescale = file.number(header.start + (file.at(header.start) === 1 ? 20 : 12), 4);
  }
}

/** Section 8.8.3: the defaults of a track's fragments. */
function readDefaults(file: ByteReader, box: Box, track: (id: number) => Track): void {
  for (const { type, start } of boxesIn(file, box)) {
    if (type === "trex") track(file.number(start + 4, 4)).sampleDuration = file.number(start + 12, 4);
  }
}

/** Sections 8.8.7 and 8.8.8: the runs of samples of one fragment. */
function readFragment(file: ByteReader, box: Box, track: (id: number) => Track): void {
  let into = track(0);
  let sampleDuration = 0;
  for (const { type, start, end } of boxesIn(file, box)) {
    const flags = file.number(start + 1, 3);
    if (type === "tfhd") {
      into = track(file.number(start + 4, 4));
      const at = start + 8 + (flags & 0x1 ? 8 : 0) + (flags & 0x2 ? 4 : 0);
      sampleDuration = flags & 0x8 ? file.number(at, 4) : into.sampleDuration;
    } else if (type === "trun") {
      into.duration += runDuration(file, { type, start, end }, flags, sampleDuration);
    }
  }
}

function runDuration(file: ByteReader, { start, end }: Box, flags: number, sampleDuration: number): number {
  const count = file.number(start + 4, 4);
  if (!(flags & 0x100)) return count * sampleDuration;
  let sum = 0;
  const size = [0x100, 0x200, 0x400, 0x800].filter((flag) => flags & flag).length * 4;
  const first = start + 8 + (flags & 0x1 ? 4 : 0) + (flags & 0x4 ? 4 : 0);
  for (let sample = 0, at = first; sample < count && at < end; sample++, at += size) sum += file.number(at, 4);
  return sum;
}

function* boxesIn(file: ByteReader, { start, end }: Box): Generator<Box> {
  for (let at = start; at + 8 <= end; ) {
    const type = String.fromCharCode(...[4, 5, 6, 7].map((i) => file.at(at + i)));
    const short = file.number(at, 4);
    const header = short === 1 ? 16 : 8;
    // 0: up to the end of the file.
    const size = short === 0 ? end - at : short === 1 ? file.number(at + 8, 8) : short;
    if (size < header) return;
    yield { type, start: at + header, end: Math.min(at + size, end) };
    at += size;
  }
}
