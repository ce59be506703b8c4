// What each failure means to the person in front of the page, and what that person can do.
// The package's own message (expected, actual) is shown beneath, as the detail.

// Codes that a visitor cannot cause are left out: they are defects of this page.
const MESSAGES = {
  PERMISSION_DENIED: {
    title: "The microphone was refused.",
    advice: "Allow it in the site settings beside the address, then start again. A recording needs no microphone: drop one here.",
  },
  NO_DEVICE: {
    title: "No microphone was found.",
    advice: "Connect one and start again, or drop a recording here.",
  },
  DEVICE_BUSY: {
    title: "The microphone is in use.",
    advice: "Another program holds it. Close that program and start again, or drop a recording here.",
  },
  INSECURE_CONTEXT: {
    title: "Browsers allow the microphone only on secure pages.",
    advice: "Open this page by https:// or from localhost, or drop a recording here.",
  },
  UNSUPPORTED: {
    title: "This browser lacks something that the page needs.",
    advice: "Use a current Firefox, Chrome, Edge or Safari.",
  },
  INVALID_AUDIO: {
    title: "This file cannot be read as audio.",
    advice: "It may be damaged or cut short, or it may not be audio at all. Try another recording.",
  },
  UNSUPPORTED_FORMAT: {
    title: "This file is in no audio format that can be read here.",
    advice: "If it is a recording, save it as WAV and try again.",
  },
  TOO_SHORT: {
    title: "This is too short to judge.",
    advice: "A second of speech gives a first impression, three seconds a full one.",
  },
  TOO_LONG: {
    title: "This compressed recording is too long to decode at once.",
    advice: "Save it as WAV, which may be of any length, or cut it into parts.",
  },
  MODEL_FORMAT: {
    title: "The model file is damaged or of another version.",
    advice: "Load the page again. If this stays, its installation is incomplete.",
  },
  MODEL_MISMATCH: {
    title: "The model file does not fit this version of the page.",
    advice: "Load the page again. If this stays, its installation mixes two versions.",
  },
  NETWORK: {
    title: "The model could not be loaded.",
    advice: "Check the connection, then try again. Once loaded, the page needs no network.",
  },
  WORKER_CRASHED: {
    title: "The analysis stopped unexpectedly.",
    advice: "The page has recovered: try again.",
  },
  OUT_OF_MEMORY: {
    title: "There was not enough memory.",
    advice: "Close other tabs or use a shorter recording, then try again.",
  },
};

const UNEXPECTED = {
  title: "Something went wrong that should not have.",
  advice: "Load the page again. If this happens again, please report it with the detail below.",
};

/**
 * The words for an error.
 * @param {unknown} error an `EmotionError`, or anything else that was thrown
 * @returns {{ code: string, title: string, advice: string, detail: string }}
 */
export function describeError(error) {
  const code = typeof error?.code === "string" ? error.code : "INTERNAL";
  const { title, advice } = MESSAGES[code] ?? UNEXPECTED;
  const detail = error instanceof Error ? error.message : String(error);
  return { code, title, advice, detail };
}

/**
 * @param {number} ms
 * @returns {string} `75500` becomes `"1:15.5"`
 */
export function formatTime(ms) {
  const tenths = Math.round(ms / 100);
  const minutes = Math.floor(tenths / 600);
  const seconds = ((tenths % 600) / 10).toFixed(1).padStart(4, "0");
  return `${minutes}:${seconds}`;
}

/**
 * @param {number} probability 0 to 1
 * @returns {string} a whole percentage
 */
export function formatPercent(probability) {
  return `${Math.round(probability * 100)}%`;
}

/**
 * One sentence for one result.
 * @param {import("./emotionai-voice/index.js").EmotionResult<string>} result
 */
export function describeResult(result) {
  if (result.state === "no-speech") return "No speech";
  if (result.state === "uncertain") return "Uncertain: no emotion leads clearly";
  const label = capitalise(result.label);
  const share = formatPercent(result.confidence);
  return result.provisional ? `${label}, ${share} (first impression)` : `${label}, ${share}`;
}

/** @param {string} word */
export function capitalise(word) {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
