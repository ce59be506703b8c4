// What a while of listening comes down to.

/** @typedef {import("./emotionai-voice/index.js").EmotionResult<string>} Result */

/**
 * The label that most windows got, shown by the window that is surest of it. First impressions count only
 * where there is nothing else, and windows without a label only where none has one.
 * @param {readonly Result[]} windows
 * @returns {Result | null} one of the windows; null where there are none
 */
export function dominant(windows) {
  const whole = windows.filter(({ provisional }) => !provisional);
  return (
    mostFrequent(whole.filter(isLabelled)) ??
    mostFrequent(windows.filter(isLabelled)) ??
    windows.findLast(({ state }) => state === "uncertain") ??
    windows.at(-1) ??
    null
  );
}

function isLabelled({ label }) {
  return label !== null;
}

function mostFrequent(windows) {
  const groups = new Map();
  for (const window of windows) {
    const group = groups.get(window.label);
    if (group) group.push(window);
    else groups.set(window.label, [window]);
  }
  const surest = [...groups.values()].map((group) => ({
    count: group.length,
    window: group.reduce((best, window) => (window.confidence > best.confidence ? window : best)),
  }));
  surest.sort((a, b) => b.count - a.count || b.window.confidence - a.window.confidence);
  return surest[0]?.window;
}
