// Bytes of a file, read as what a format says they are.

/** Bytes that are read beyond their end as zeros: a damaged file is for the decoder to refuse. */
export class ByteReader {
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
    return this.matches(codesOf(text), index);
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

/** The characters of a text as bytes. */
export function codesOf(text: string): number[] {
  return [...text].map((character) => character.charCodeAt(0));
}
