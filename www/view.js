// What the page shows. `models.js` shows the choice of a model itself; `files.js` listens for drops.

import { Bars } from "./bars.js";
import { capitalise, describeError, formatTime } from "./messages.js";
import { Timeline } from "./timeline.js";
import { VoiceView } from "./voice-view.js";

/** @typedef {import("./emotionai-voice/index.js").EmotionResult<string>} Result */
/** @typedef {"loading" | "ready" | "asking" | "listening" | "analysing" | "result" | "error"} PageState */

const element = (id) => document.getElementById(id);

export class View {
  speak = element("speak");
  fileInput = element("file");
  retry = element("retry");
  cancel = element("cancel");
  voice = new VoiceView(element("voice"));
  #bars = new Bars(element("bars"));
  #timeline = new Timeline(element("timeline"));
  #level = element("level");
  #levelFill = element("level-fill");
  #progress = element("progress");
  #result = element("result");
  #final = null;

  constructor() {
    this.#timeline.addEventListener("select", ({ detail }) => {
      const shown = detail ?? this.#final;
      this.#bars.show(shown.probabilities, shown.label);
    });
  }

  /** @returns {PageState} */
  get state() {
    return document.body.dataset.state;
  }

  /** @param {{ id: string, labels: readonly string[], licence: string }} model */
  showModel(model) {
    this.#bars.setLabels(model.labels);
    this.#timeline.setLabels(model.labels);
    element("model-id").textContent = model.id;
    element("model-licence").textContent = model.licence;
    element("model").hidden = false;
  }

  /** @param {number | null} share 0 to 1; null where the size is not known */
  showLoading(share) {
    this.#setState("loading", "Loading the model…");
    this.#showProgress(share);
    this.speak.disabled = true;
  }

  showReady() {
    this.#clearResult();
    this.#setState("ready", "Ready. Speak a sentence, or drop a recording.");
    this.speak.disabled = false;
  }

  showAsking() {
    this.#clearResult();
    this.#setState("asking", "Allow the microphone in the question that your browser shows.");
  }

  showListening() {
    this.#setState("listening", "Listening. Speak a sentence.");
    this.#level.hidden = false;
  }

  /** @param {import("./emotionai-voice/index.js").ListenStateChange} change */
  showListenState({ state, reason }) {
    if (this.state !== "listening") return;
    if (state === "interrupted") {
      this.showLevel(0);
      setText("status", HOLD_TEXT[reason] ?? "The microphone is held back. Listening goes on by itself.");
    } else if (state === "running") {
      setText("status", GAP_TEXT[reason] ?? "Listening again.");
    }
  }

  /** @param {string} name of the file */
  showAnalysing(name) {
    this.#clearResult();
    this.#setState("analysing", `Analysing ${name}…`);
    this.#showProgress(null);
  }

  /** @param {number} level 0 (silence) to 1 (full scale) */
  showLevel(level) {
    this.#levelFill.style.transform = `scaleX(${level})`;
    this.#level.setAttribute("aria-valuenow", String(Math.round(level * 100)));
  }

  /**
   * A window's answer while the input still runs.
   * @param {Result} result
   */
  showWindow(result) {
    this.#bars.show(result.probabilities, result.label);
    if (this.state === "listening") {
      this.#setWords(result);
      setText("status", listeningWords(result));
    } else {
      // A file runs faster than anyone reads: only its last answer is put in words.
      setText("heard", `${formatTime(result.endMs)} heard`);
    }
  }

  /**
   * The answer for the whole input.
   * @param {Result} result
   * @param {{ source: "file" | "microphone", name: string, windows?: Result[] }} origin
   */
  showAnswer(result, { source, name, windows = [] }) {
    this.#final = result;
    this.#setState("result", answerWords(result, name));
    this.#bars.show(result.probabilities, result.label);
    this.#setWords(result);
    this.#result.dataset.source = source;
    this.#result.dataset.name = name;
    this.#timeline.show(windows);
  }

  /** @param {unknown} error */
  showError(error) {
    const { code, title, advice, detail } = describeError(error);
    this.#clearResult();
    this.#setState("error", "");
    document.body.dataset.error = code;
    setText("error-title", title);
    setText("error-advice", advice);
    setText("error-detail", detail);
    element("error").hidden = false;
  }

  /** The model is not there: nothing works until it is loaded. */
  showLoadError(error) {
    this.showError(error);
    this.speak.disabled = true;
    this.retry.hidden = false;
  }

  #setState(state, status) {
    const { body } = document;
    // The button that was pressed may be about to go: the keyboard stays on the page's main control.
    if ([this.cancel, this.retry].includes(document.activeElement)) this.speak.focus();
    body.dataset.state = state;
    delete body.dataset.error;
    element("error").hidden = true;
    this.retry.hidden = true;
    this.#progress.hidden = true;
    this.#level.hidden = true;
    this.showLevel(0);
    setText("status", status);
    setText("heard", "");
    setText("speak-text", SPEAK_TEXT[state] ?? "Start speaking");
  }

  #showProgress(share) {
    this.#progress.hidden = false;
    if (share === null) this.#progress.removeAttribute("value");
    else this.#progress.value = share;
  }

  #clearResult() {
    this.#final = null;
    this.#bars.show(null, null);
    this.#timeline.clear();
    setText("answer", "");
    for (const key of Object.keys(this.#result.dataset)) delete this.#result.dataset[key];
    this.#result.dataset.state = "none";
  }

  #setWords(result) {
    setText("answer", answerText(result));
    const { dataset } = this.#result;
    dataset.state = result.state;
    dataset.label = result.label ?? "";
    dataset.confidence = result.confidence === null ? "" : String(result.confidence);
    dataset.provisional = String(result.provisional);
    dataset.startMs = String(result.startMs);
    dataset.endMs = String(result.endMs);
    dataset.latencyMs = String(result.latencyMs);
    dataset.modelId = result.modelId;
  }
}

const SPEAK_TEXT = { asking: "Cancel", listening: "Stop" };

const HOLD_TEXT = {
  context: "The browser holds the sound back. Listening goes on by itself.",
  muted: "The microphone sends nothing: it may be muted. Listening goes on by itself.",
  "device-change": "The microphone has gone. Looking for another.",
};

const GAP_TEXT = {
  overload: "Listening. A part was lost: this device is busy.",
  restarted: "Listening. The analysis had to begin anew.",
  "device-change": "Listening. The microphone has changed.",
};

function answerText(result) {
  if (result.state === "no-speech") return "No speech";
  if (result.state === "uncertain") return "Uncertain";
  return capitalise(result.label);
}

function listeningWords(result) {
  if (result.state === "no-speech") return "Listening. I hear no speech.";
  if (result.provisional) return "Listening. This is a first impression.";
  if (result.state === "uncertain") return "Listening. No emotion leads clearly.";
  return "Listening.";
}

function answerWords(result, name) {
  if (result.state === "no-speech") return `There is no speech in ${name}.`;
  if (result.state === "uncertain") return `No emotion leads clearly in ${name}.`;
  if (result.provisional) return `A first impression: ${name} holds little speech.`;
  return `This is how ${name} sounds.`;
}

function setText(id, text) {
  // An unchanged text is left alone: a screen reader would say it again.
  const target = element(id);
  if (target.textContent !== text) target.textContent = text;
}
