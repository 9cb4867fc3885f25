// What a network thinks of one pixel: how likely each class of colours is there, and one colour for all of them.

import { hexOfLab, isShown } from "./color.mjs";
import { make } from "./elements.mjs";
import { sum } from "./planes.mjs";
import { SIDE, binAt, fitGamut } from "./suggest.mjs";

const PAPER = "#e8e8e8"; // what a screen cannot show
const STEPS = 20; // of the slider, from one temperature to twice as much

/** A distribution at a temperature. @param {ArrayLike<number>} logits @param {number} temperature */
export function chancesOf(logits, temperature) {
  const values = Array.from(logits);
  const most = Math.max(...values);
  const weights = values.map((logit) => Math.exp((logit - most) / temperature));
  const total = sum(weights);
  return weights.map((weight) => weight / total);
}

/** The annealed mean of classes, a and b. @param {number[]} chances @returns {[number, number]} */
export function meanOf(chances) {
  const along = (/** @type {"a" | "b"} */ axis) => sum(chances.map((chance, i) => chance * binAt(i)[axis]));
  return [along("a"), along("b")];
}

export class Chances {
  /** @type {{logits: ArrayLike<number>, light: number} | null} */ #seen = null;

  constructor() {
    this.map = make("canvas", { width: SIDE, height: SIDE, role: "img" });
    this.slider = make("input", { type: "range", min: -4 * STEPS, max: 2 * STEPS, value: 0, title: "Below 1 the likeliest classes count for more" });
    this.slider.oninput = () => this.#draw();
    this.mean = make("span", { className: "swatch" });
    this.text = make("span", {}, "Choose a point to see how likely each class of colours is there.");
    const label = make("label", { className: "curtain" }, "Temperature", this.slider);
    this.element = make("div", { className: "chances" }, this.map, label, make("div", { className: "line" }, this.mean, this.text));
  }

  /** @param {ArrayLike<number>} logits of all classes at a pixel @param {number} light of it, 0 to 100 */
  show(logits, light) {
    this.#seen = { logits, light };
    this.#draw();
  }

  #draw() {
    if (!this.#seen) return;
    const { logits, light } = this.#seen;
    const temperature = 2 ** (this.slider.value / STEPS);
    const chances = chancesOf(logits, temperature);
    const most = Math.max(...chances);
    const context = this.map.getContext("2d");
    chances.forEach((chance, i) => {
      const { a, b } = binAt(i);
      context.fillStyle = isShown(light, a, b) ? hexOfLab(light, a, b) : PAPER;
      context.globalAlpha = Math.max(0.06, Math.sqrt(chance / most)); // the root, so that rare ones are seen
      const place = /** @type {const} */ ([Math.floor(i / SIDE), SIDE - 1 - (i % SIDE), 1, 1]);
      context.clearRect(...place);
      context.fillRect(...place);
    });
    const mean = fitGamut(light, ...meanOf(chances));
    this.mean.style.setProperty("--color", mean);
    this.text.textContent = `T = ${temperature.toFixed(2)}: their mean is ${mean}, the likeliest has ${Math.round(100 * most)} %.`;
    this.map.ariaLabel = `Chances of colours, a to the right and b upwards. ${this.text.textContent}`;
  }
}
