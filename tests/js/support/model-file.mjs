// Model files made from the shipped one: the same network with another header.

import { createHash } from "node:crypto";

const LENGTH = 8;
const METADATA = "emotionai_voice";
const NO_DIGITS = "0".repeat(64);

/** The file with its header changed, its length and checksum made right again. */
function withHeader(file, change) {
  const bytes = Buffer.from(file);
  const end = LENGTH + Number(bytes.readBigUInt64LE(0));
  const table = JSON.parse(bytes.subarray(LENGTH, end).toString());
  const metadata = JSON.parse(table.__metadata__[METADATA]);
  change(metadata.header);
  const written = (sha256) => {
    table.__metadata__[METADATA] = JSON.stringify({ ...metadata, sha256 });
    const text = Buffer.from(JSON.stringify(table));
    const length = Buffer.alloc(LENGTH);
    length.writeBigUInt64LE(BigInt(text.length));
    return Buffer.concat([length, text, bytes.subarray(end)]);
  };
  const sha256 = createHash("sha256").update(written(NO_DIGITS)).digest("hex");
  return new Uint8Array(written(sha256));
}

/** A model that says it was calibrated for speaker profiles. */
export function forProfiles(file, change = () => {}) {
  return withHeader(file, (header) => {
    header.calibration.neutral = header.labels.map((_, label) => 1 - 0.3 * label);
    change(header);
  });
}

/** A model that was not. */
export const withoutProfiles = (file) => withHeader(file, (header) => delete header.calibration.neutral);
