// The part of the page that shows the visitor's own voice.

import { describeError, formatTime } from "./messages.js";

const OFF = "Every voice sounds a little different. Let this page hear yours speak for some seconds, in an everyday tone, and it will make allowance for it.";
const ASKING = "Allow the microphone in the question that your browser shows.";
const WORKING = "Getting to know your voice…";
const UNUSED = "Your voice is known, but not used.";

export class VoiceView {
  /** @param {HTMLElement} section holds the controls of index.html */
  constructor(section) {
    this.section = section;
    const part = (name) => section.querySelector(`#voice-${name}`);
    this.badge = part("badge");
    this.text = part("text");
    this.record = part("record");
    this.choose = part("choose");
    this.files = part("files");
    this.settings = part("settings");
    this.on = part("on");
    this.keep = part("keep");
    this.forget = part("forget");
  }

  /** @param {boolean} isUsable whether the model can use a voice */
  reveal(isUsable) {
    this.section.hidden = !isUsable;
    this.keep.checked = false;
    this.showProfile(null);
  }

  showAsking() {
    this.#setState("asking", ASKING, "Cancel");
  }

  /** @param {number} seconds after which it ends by itself */
  showRecording(seconds) {
    this.#setState("recording", `Recording for ${seconds} seconds. Say a few sentences in your everyday voice, such as what you did today.`, "Stop");
  }

  showWorking() {
    this.#setState("working", WORKING);
  }

  /** @param {import("./emotionai-voice/index.js").SpeakerProfile | null} profile */
  showProfile(profile) {
    const isOn = profile !== null && this.on.checked;
    // The button that was pressed is about to go: the keyboard stays in this part of the page.
    if (!profile && this.settings.contains(document.activeElement)) this.record.focus();
    this.settings.hidden = profile === null;
    this.badge.textContent = isOn ? "on" : "off";
    if (!profile) this.#setState("none", OFF);
    else if (isOn) this.#setState("on", `Made from ${formatTime(profile.speechMs)} of your speech, and used for what is heard from now on.`);
    else this.#setState("off", UNUSED);
  }

  /** @param {unknown} error the profile stays as it was */
  showError(error) {
    const { code, title, advice } = describeError(error);
    this.section.dataset.error = code;
    this.text.textContent = code === "TOO_SHORT" ? TOO_LITTLE : `${title} ${advice}`;
  }

  #setState(state, text, record = "Record my voice") {
    this.section.dataset.state = state;
    delete this.section.dataset.error;
    this.text.textContent = text;
    this.record.textContent = record;
  }
}

const TOO_LITTLE = "That was too little speech to know a voice by. Say a few sentences, and closer to the microphone.";
