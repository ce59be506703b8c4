// The visitor's own voice: made from a few neutral seconds, used or not, kept in this browser only on demand.

import { DEFAULT, OWN } from "./models.js";
import { record } from "./record.js";

/** @typedef {import("./emotionai-voice/index.js").SpeakerProfile} SpeakerProfile */

/** Enough for a dozen words of each of a few sentences. */
const RECORD_MS = 8_000;

const KEY = "emotionai-voice profile";

export class Voice {
  /** @type {SpeakerProfile | null} */
  #profile = null;
  #recognizer = null;
  /** Where it is kept: each model has its own. */
  #key = KEY;
  #view;
  #run;
  /** Ends the recording that runs. */
  #recording = null;
  /** The signal of what was begun last. */
  #latest = null;

  /**
   * @param {import("./voice-view.js").VoiceView} view
   * @param {(task: (signal: AbortSignal) => Promise<void>) => void} run ends what runs on the page, then runs this
   */
  constructor(view, run) {
    this.#view = view;
    this.#run = run;
    view.record.addEventListener("click", () => this.#toggleRecording());
    view.choose.addEventListener("click", () => view.files.click());
    view.files.addEventListener("change", () => this.#takeFiles());
    view.on.addEventListener("change", () => this.#apply());
    view.keep.addEventListener("change", () => this.#store());
    view.forget.addEventListener("click", () => this.#forget());
  }

  /**
   * The recogniser is there, or has another model: shows the control if that was calibrated for this, with what was kept.
   * @param {string} name what the page calls the model
   */
  attach(recognizer, name) {
    this.#recognizer = recognizer;
    this.#profile = null;
    // One that was made with the same weights under another name is still in use.
    recognizer.setProfile(null);
    const { profileSpace } = recognizer.model;
    this.#key = keyOf(name, profileSpace);
    this.#view.reveal(profileSpace !== null);
    if (profileSpace === null) return;
    try {
      const kept = JSON.parse(localStorage.getItem(this.#key));
      if (!kept) return;
      recognizer.setProfile(kept);
      this.#view.keep.checked = true;
      this.#adopt(kept);
    } catch {
      // Of other weights, or damaged: it cannot be used any more, so it is not kept either. Or storage is blocked.
      write(this.#key, null);
    }
  }

  #toggleRecording() {
    if (this.#recording) this.#recording.abort();
    else this.#make((signal) => this.#record(signal));
  }

  #takeFiles() {
    const files = [...this.#view.files.files];
    // The same files may be chosen again.
    this.#view.files.value = "";
    if (files.length > 0) this.#make(async () => files);
  }

  async #record(signal) {
    const end = new AbortController();
    this.#recording = end;
    let timer;
    try {
      this.#view.showAsking();
      const onStart = () => {
        this.#view.showRecording(RECORD_MS / 1000);
        timer = setTimeout(() => end.abort(), RECORD_MS);
      };
      const recording = await record({ end: end.signal, signal, onStart });
      return recording && [recording];
    } finally {
      clearTimeout(timer);
      if (this.#recording === end) this.#recording = null;
    }
  }

  /** @param {(signal: AbortSignal) => Promise<Blob[] | null>} source null where nothing was recorded after all */
  #make(source) {
    this.#run(async (signal) => {
      this.#latest = signal;
      try {
        const neutral = await source(signal);
        if (!neutral) return this.#view.showProfile(this.#profile);
        this.#view.showWorking();
        this.#adopt(await this.#recognizer.enroll(neutral, { signal }));
        this.#store();
      } catch (error) {
        // One that was ended for the next has nothing left to say.
        if (this.#latest === signal) this.#view.showProfile(this.#profile);
        if (!signal.aborted) this.#view.showError(error);
      }
    });
  }

  #adopt(profile) {
    this.#profile = profile;
    this.#view.on.checked = true;
    this.#apply();
  }

  #apply() {
    this.#recognizer.setProfile(this.#view.on.checked ? this.#profile : null);
    this.#view.showProfile(this.#profile);
  }

  #store() {
    const isKept = write(this.#key, this.#view.keep.checked ? this.#profile : null);
    if (!isKept) this.#view.keep.checked = false;
  }

  #forget() {
    this.#profile = null;
    this.#view.keep.checked = false;
    this.#store();
    this.#apply();
  }
}

/** Where the profile of a model is kept. Own files all go by one name, so theirs are told apart by what they fit. */
function keyOf(name, profileSpace) {
  if (name === DEFAULT) return KEY;
  return name === OWN ? `${KEY} ${OWN} ${profileSpace}` : `${KEY} ${name}`;
}

/**
 * @param {string} key
 * @param {SpeakerProfile | null} profile
 * @returns {boolean} whether the browser did it: storage may be blocked or full
 */
function write(key, profile) {
  try {
    if (profile) localStorage.setItem(key, JSON.stringify(profile));
    else localStorage.removeItem(key);
    return true;
  } catch {
    return false;
  }
}
