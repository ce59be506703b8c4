// Model files made from the shipped one: the same network with another header.

import { createHash } from "node:crypto";

const PREFIX = 12;
const CHECKSUM = 32;

/** The file with its header changed, its length and checksum made right again. */
function withHeader(file, change) {
  const bytes = Buffer.from(file);
  const length = bytes.readUInt32LE(8);
  const content = JSON.parse(bytes.subarray(PREFIX, PREFIX + length).toString());
  change(content.header);
  const header = Buffer.from(JSON.stringify(content));
  const prefix = Buffer.from(bytes.subarray(0, PREFIX));
  prefix.writeUInt32LE(header.length, 8);
  const body = Buffer.concat([prefix, header, bytes.subarray(PREFIX + length, bytes.length - CHECKSUM)]);
  return new Uint8Array(Buffer.concat([body, createHash("sha256").update(body).digest()]));
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
