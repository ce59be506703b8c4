// The windows of a recording as a strip of colours, with a slider that shows one window's answer.

import { describeResult, formatTime } from "./messages.js";

const SVG = "http://www.w3.org/2000/svg";

export class Timeline extends EventTarget {
  #windows = [];
  #paths = new Map();
  #labels = [];

  /** @param {HTMLElement} figure holds the strip, the slider, the text and the button of index.html */
  constructor(figure) {
    super();
    this.figure = figure;
    this.strip = figure.querySelector("#timeline-strip");
    this.slider = figure.querySelector("#timeline-position");
    this.text = figure.querySelector("#timeline-text");
    this.whole = figure.querySelector("#timeline-whole");
    this.slider.addEventListener("input", () => this.#select(this.slider.valueAsNumber));
    this.whole.addEventListener("click", () => this.#selectWhole());
  }

  /** @param {readonly string[]} labels */
  setLabels(labels) {
    this.#labels = labels;
    this.clear();
  }

  clear() {
    this.#windows = [];
    this.#paths.clear();
    this.strip.replaceChildren();
    this.figure.hidden = true;
  }

  /** @param {import("./emotionai-voice/index.js").EmotionResult<string>[]} windows in order of time */
  show(windows) {
    this.clear();
    // One window says no more than the answer above it.
    if (windows.length < 2) return;
    this.#windows = windows;
    this.strip.setAttribute("viewBox", `0 0 ${windows.length} 1`);
    // One path a label, however long the recording is: two hours are 14,400 windows.
    for (const [kind, d] of outlines(windows)) this.strip.append(this.#createPath(kind, d));
    this.slider.max = String(windows.length - 1);
    this.#selectWhole(false);
    this.figure.hidden = false;
  }

  #createPath(kind, d) {
    const path = document.createElementNS(SVG, "path");
    path.dataset.label = kind;
    path.dataset.index = String(this.#labels.indexOf(kind) % 8);
    path.setAttribute("class", "segment");
    path.setAttribute("d", d);
    return path;
  }

  #select(index) {
    const window = this.#windows[index];
    const text = `${formatTime(window.startMs)} to ${formatTime(window.endMs)}: ${describeResult(window)}`;
    this.text.textContent = text;
    this.slider.setAttribute("aria-valuetext", text);
    this.whole.hidden = false;
    this.dispatchEvent(new CustomEvent("select", { detail: window }));
  }

  #selectWhole(notify = true) {
    const windows = this.#windows;
    const text = `${windows.length} windows, ${formatTime(windows[0].startMs)} to ${formatTime(windows.at(-1).endMs)}`;
    this.text.textContent = text;
    this.slider.value = "0";
    this.slider.setAttribute("aria-valuetext", text);
    // The button is about to go: the keyboard stays in the timeline.
    if (document.activeElement === this.whole) this.slider.focus();
    this.whole.hidden = true;
    if (notify) this.dispatchEvent(new CustomEvent("select", { detail: null }));
  }
}

/**
 * The runs of equal windows as rectangles, gathered by label (or by state, where there is no label).
 * @returns {Map<string, string>} label to SVG path data, one unit a window
 */
function outlines(windows) {
  const paths = new Map();
  let start = 0;
  for (let end = 1; end <= windows.length; end++) {
    const kind = kindOf(windows[start]);
    if (end < windows.length && kindOf(windows[end]) === kind) continue;
    paths.set(kind, `${paths.get(kind) ?? ""}M${start} 0h${end - start}v1h${start - end}z`);
    start = end;
  }
  return paths;
}

function kindOf(result) {
  return result.label ?? result.state;
}
