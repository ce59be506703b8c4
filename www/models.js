// Which model listens: one of those that ship, or a file of the visitor's own, which stays on this device as well.

import { capitalise, describeError } from "./messages.js";

/** The one that the page begins with. */
export const DEFAULT = "ensemble";

/** Those that ship, by their names in the list: where they lie beside the page, and what is said of them. */
const SHIPPED = {
  ensemble: {
    address: "emotionai-voice/model/default.emo",
    about: "The one that the page begins with: the mean of the next two.",
  },
  cnn: { address: "emotionai-voice/model/cnn.emo", about: "Convolutions alone: little more than half of the time." },
  "cnn-gru": {
    address: "emotionai-voice/model/cnn-gru.emo",
    about: "Convolutions and a recurrent layer: three quarters of the time.",
  },
  plain: {
    address: "models/plain.emo",
    about: "Three convolutions and nothing else, for comparison: right one time of two.",
  },
};

/** The choice that stands for the visitor's own file. */
export const OWN = "own";

export class Models {
  #recognizer = null;
  #run;
  #onChange;
  #section = document.getElementById("models");
  #choice = document.getElementById("model-choice");
  #file = document.getElementById("model-file");
  #text = document.getElementById("model-text");
  /** What listens now. */
  #current = DEFAULT;
  /** The signal of what was begun last. */
  #latest = null;

  /**
   * @param {(task: (signal: AbortSignal) => Promise<void>) => void} run ends what runs on the page, then runs this
   * @param {(name: string, isLatest: boolean) => void} onChange the recogniser has another model, of this name, and
   * whether that is what was begun last
   */
  constructor(run, onChange) {
    this.#run = run;
    this.#onChange = onChange;
    this.#choice.addEventListener("change", () => this.#change(this.#choice.value, SHIPPED[this.#choice.value].address));
    document.getElementById("model-open").addEventListener("click", () => this.#file.click());
    this.#file.addEventListener("change", () => {
      const [file] = this.#file.files;
      if (file) this.#change(OWN, file);
      // The same file may be chosen again.
      this.#file.value = "";
    });
  }

  /** The recogniser is there, with the model that it came with. */
  attach(recognizer) {
    this.#recognizer = recognizer;
    this.#section.hidden = false;
    this.#become(DEFAULT, true);
  }

  /**
   * @param {string} name
   * @param {string | File} model
   */
  #change(name, model) {
    this.#run(async (signal) => {
      this.#latest = signal;
      this.#setText("Loading…");
      try {
        await this.#recognizer.setModel(model, { signal });
        // It may have been too late to give it up for what was begun after it.
        this.#become(name, !signal.aborted, model.name);
      } catch (error) {
        // What listened before goes on. One that was ended for the next has nothing left to say.
        if (this.#latest === signal) this.#show(this.#current);
        if (!signal.aborted) this.#showError(error, name === OWN);
      }
    });
  }

  #become(name, isLatest, fileName) {
    this.#show(name, fileName);
    this.#onChange(name, isLatest);
  }

  #show(name, fileName) {
    this.#current = name;
    const own = this.#choice.querySelector(`[value="${OWN}"]`);
    if (fileName) own.textContent = fileName;
    own.hidden = own.disabled = name !== OWN;
    this.#choice.value = name;
    this.#setText(SHIPPED[name]?.about ?? "Your own file. It does not leave this device either.");
  }

  #showError(error, isOwn) {
    const { code, title, advice, detail } = describeError(error);
    this.#setText(isOwn ? `This file cannot be used. ${capitalise(detail)}.` : `${title} ${advice}`);
    this.#section.dataset.error = code;
  }

  #setText(text) {
    delete this.#section.dataset.error;
    this.#text.textContent = text;
  }
}
