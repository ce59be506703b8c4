// Debian's Chromium, with the flags that a container needs and nothing that talks to the network by itself.

import { chromium } from "playwright-core";

import { chromiumProgram, expectFile } from "./environment.mjs";

const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A microphone that beeps, behind the permission that a test sets. */
export const microphoneBehindPermission = ["--use-fake-device-for-media-stream"];

/** A microphone that beeps. Permission is given. */
export const microphone = ["--use-fake-ui-for-media-stream", ...microphoneBehindPermission];

/** A microphone that plays a WAV file once, from the moment it is opened; silence follows. Permission is given. */
export const microphonePlaying = (file) => [...microphone, `--use-file-for-fake-audio-capture=${file}%noloop`];

/** @param {string[]} [flags] */
export async function launch(flags = []) {
  expectFile("CHROMIUM", chromiumProgram);
  return chromium.launch({ executablePath: chromiumProgram, headless: true, args: [...quiet, ...flags] });
}
