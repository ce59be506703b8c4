// One bar a label. The labels are the model's: a model of three shows three.

import { capitalise, formatPercent } from "./messages.js";

export class Bars {
  /** @param {HTMLUListElement} list */
  constructor(list) {
    this.list = list;
    this.rows = new Map();
  }

  /** @param {readonly string[]} labels in the model's order */
  setLabels(labels) {
    this.rows.clear();
    this.list.replaceChildren(...labels.map((label, index) => this.#createRow(label, index)));
    this.show(null, null);
  }

  /**
   * @param {Record<string, number> | null} probabilities null where there is no speech: every bar is then empty
   * @param {string | null} leader the label to stress
   */
  show(probabilities, leader) {
    for (const [label, { row, track, fill, value }] of this.rows) {
      const probability = probabilities?.[label] ?? null;
      const percent = probability === null ? "–" : formatPercent(probability);
      // The full precision, for whoever reads the page by program.
      row.dataset.probability = probability === null ? "" : String(probability);
      row.classList.toggle("leader", label === leader);
      fill.style.width = `${(probability ?? 0) * 100}%`;
      value.textContent = percent;
      track.setAttribute("aria-valuenow", String(Math.round((probability ?? 0) * 100)));
      track.setAttribute("aria-valuetext", probability === null ? "no speech" : percent);
    }
  }

  #createRow(label, index) {
    const row = document.createElement("li");
    row.className = "bar";
    row.dataset.label = label;
    row.dataset.index = String(index % 8);

    const name = document.createElement("span");
    name.className = "bar-name";
    name.textContent = capitalise(label);

    const track = document.createElement("div");
    track.className = "bar-track";
    track.setAttribute("role", "meter");
    track.setAttribute("aria-label", label);
    track.setAttribute("aria-valuemin", "0");
    track.setAttribute("aria-valuemax", "100");
    const fill = document.createElement("div");
    fill.className = "bar-fill";
    track.append(fill);

    const value = document.createElement("span");
    value.className = "bar-value";
    value.setAttribute("aria-hidden", "true");

    row.append(name, track, value);
    this.rows.set(label, { row, track, fill, value });
    return row;
  }
}
