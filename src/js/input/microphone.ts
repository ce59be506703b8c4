// Opening the microphone, with an `EmotionError` for each way in which it fails.

import { throwIfAborted } from "../abort.js";
import { EmotionError, messageOf, nameOf, type EmotionErrorCode } from "../errors.js";
import type { ListenOptions } from "../listen-types.js";

/** Off by default: this processing is made for calls, and shifts levels by as much as 20 dB. */
const UNPROCESSED: MediaTrackConstraints = {
  channelCount: 1,
  echoCancellation: false,
  noiseSuppression: false,
  autoGainControl: false,
};

// The demo page, which records by itself, has the same in www/record.js.
const CODES: Record<string, EmotionErrorCode> = {
  NotAllowedError: "PERMISSION_DENIED",
  SecurityError: "PERMISSION_DENIED",
  NotFoundError: "NO_DEVICE",
  OverconstrainedError: "NO_DEVICE",
  NotReadableError: "DEVICE_BUSY",
  AbortError: "DEVICE_BUSY",
};

/** Opens a microphone; the browser asks the visitor where it has to. */
export async function openMicrophone({ deviceId, constraints, signal }: ListenOptions): Promise<MediaStream> {
  const audio: MediaTrackConstraints = { ...UNPROCESSED, ...constraints };
  if (deviceId !== undefined) audio.deviceId = { exact: deviceId };
  const stream = await mediaDevices().getUserMedia({ audio }).catch((cause: unknown) => {
    // The constraints of this package are valid, so the browser refused the caller's.
    if (constraints && nameOf(cause) === "TypeError") {
      throw new EmotionError("INVALID_OPTION", `constraints: expected audio constraints for \`getUserMedia\`: ${messageOf(cause)}`, { cause });
    }
    if (deviceId !== undefined && isConstraint(cause, "deviceId")) {
      throw new EmotionError("NO_DEVICE", `there is no microphone of the deviceId ${JSON.stringify(deviceId)}: \`enumerateDevices\` lists those that there are`, { cause });
    }
    const code = CODES[nameOf(cause) ?? ""] ?? "INTERNAL";
    throw new EmotionError(code, `the microphone could not be opened: ${messageOf(cause) || nameOf(cause)}`, { cause });
  });
  // A prompt cannot be withdrawn. Permission that comes too late must not leave the microphone on.
  if (signal?.aborted) stopTracks(stream);
  throwIfAborted(signal);
  return stream;
}

/** Whether the error says that no device fits this constraint. */
function isConstraint(thrown: unknown, name: string): boolean {
  return nameOf(thrown) === "OverconstrainedError" && (thrown as OverconstrainedError).constraint === name;
}

/** Releases the device. */
export function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

function mediaDevices(): MediaDevices {
  if (globalThis.isSecureContext === false) {
    const { origin } = globalThis.location;
    throw new EmotionError(
      "INSECURE_CONTEXT",
      `browsers give a microphone only to pages from https or localhost, and this one is from ${origin}`,
    );
  }
  const devices = globalThis.navigator?.mediaDevices;
  if (devices) return devices;
  throw new EmotionError("UNSUPPORTED", "there is no microphone to ask for here: `navigator.mediaDevices` is missing");
}
