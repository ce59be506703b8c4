// A few seconds of the microphone as one recording. Listening proper is the package's.

/** As the package listens: what a browser does to make calls pleasant would be taken for a part of the voice. */
const UNPROCESSED = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };

/** High enough that the compression is not heard in the profile either. */
const BITS_PER_SECOND = 256_000;

// As the package has it in src/js/input/microphone.ts.
const CODES = {
  NotAllowedError: "PERMISSION_DENIED",
  SecurityError: "PERMISSION_DENIED",
  NotFoundError: "NO_DEVICE",
  OverconstrainedError: "NO_DEVICE",
  NotReadableError: "DEVICE_BUSY",
  AbortError: "DEVICE_BUSY",
};

/**
 * Asks for the microphone and records until `end` or `signal` is aborted; with `signal` it throws.
 * @param {{ end: AbortSignal, signal: AbortSignal, onStart: () => void }} options
 * @returns {Promise<Blob | null>} null where it was ended before it began
 */
export async function record({ end, signal, onStart }) {
  const either = AbortSignal.any([end, signal]);
  const asked = openMicrophone();
  const stream = await Promise.race([asked, aborted(either)]);
  if (!stream) {
    // The question cannot be withdrawn. A yes that comes too late must not leave the microphone on.
    asked.then(stopTracks, () => {});
    signal.throwIfAborted();
    return null;
  }
  try {
    const recorder = new MediaRecorder(stream, { audioBitsPerSecond: BITS_PER_SECOND });
    const parts = [];
    recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
    const stopped = new Promise((resolve) => recorder.addEventListener("stop", resolve, { once: true }));
    recorder.start();
    onStart();
    // The recorder stops by itself where the microphone goes.
    await Promise.race([aborted(either), stopped]);
    signal.throwIfAborted();
    if (recorder.state !== "inactive") recorder.stop();
    await stopped;
    return new Blob(parts, { type: recorder.mimeType });
  } finally {
    stopTracks(stream);
  }
}

/** Resolves with null when it is aborted. */
function aborted(signal) {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener("abort", () => resolve(null), { once: true });
  });
}

function stopTracks(stream) {
  for (const track of stream.getTracks()) track.stop();
}

async function openMicrophone() {
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: UNPROCESSED });
  } catch (cause) {
    const code = navigator.mediaDevices ? (CODES[cause.name] ?? "INTERNAL") : "INSECURE_CONTEXT";
    throw Object.assign(new Error(`the microphone could not be opened: ${cause.message}`, { cause }), { code });
  }
}
