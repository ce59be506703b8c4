// Numbers and patterns in the bytes of a file.

/** Reads zeros past the end: the decoder refuses a truncated file. */
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

  /** A big-endian number of `length` bytes. */
  number(index: number, length: number): number {
    let value = 0;
    for (let i = 0; i < length; i++) value = value * 256 + this.at(index + i);
    return value;
  }

  /** A little-endian number of `length` bytes. */
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

  /** Index of the first match in `from..end`; -1 without one. */
  find(pattern: readonly number[], from: number, end = this.length): number {
    const [first = 0] = pattern;
    for (let i = this.view.indexOf(first, from); i >= 0 && i < end; i = this.view.indexOf(first, i + 1)) {
      if (this.matches(pattern, i)) return i;
    }
    return -1;
  }

  /** Index of the last match; -1 without one. */
  findLast(pattern: readonly number[]): number {
    const [first = 0] = pattern;
    for (let i = this.view.lastIndexOf(first); i >= 0; i = i > 0 ? this.view.lastIndexOf(first, i - 1) : -1) {
      if (this.matches(pattern, i)) return i;
    }
    return -1;
  }
}

/** The characters of an ASCII text as bytes. */
export function codesOf(text: string): number[] {
  return [...text].map((character) => character.charCodeAt(0));
}
