// A picture that waits for colour, and the network that paints it: `Colorizer` of Python, for photographs.

import { AB_MAX, joinLightness, lightness, lightnessOfPixels } from "./color.mjs";
import { contextOf, scribbleMask } from "./filters.mjs";
import { once } from "./loading.mjs";
import { crop, frameFor, hintMaps, mirrorPad, pad, workingSize } from "./maps.mjs";
import { channelOf, largest } from "./planes.mjs";
import { enlarge, resize } from "./resample.mjs";
import { fitGamut, palette } from "./suggest.mjs";

/** @typedef {import("./planes.mjs").Size} Size */
/** @typedef {{width: number, height: number, pixels: Uint8ClampedArray<ArrayBuffer>}} Pixels RGBA */
/** A painted picture, and what scribbles changed on it: without them, and what was added to a and b, which is up to `most`,
 * and seen on a share of the picture. @typedef {Pixels & {change?: {maps: Pixels[], most: number, share: number} | null}} Painted */

const SEEN = 2; // units of a and b that an eye may notice
const [EVEN, LOUDER] = [60, 2]; // the lightness at which what was added is shown, and how many times as strong

export class Scene {
  kind = "photo";
  note = "";
  /** What the network has seen, by the margin around the picture. @type {Map<number, Promise<any>>} */
  #seen = new Map();
  /** @type {Float32Array | null} */ #condition = null;
  /** What was painted last, before any scribble. @type {{asked: string, planes: Float32Array[]} | null} */ #painted = null;

  /**
   * @param {Pixels} picture opaque
   * @param {Size} shown height and width on the screen
   */
  constructor({ width, height, pixels }, shown) {
    /** @type {Size} */ this.full = [height, width];
    this.shown = shown;
    this.pixels = pixels;
    this.light = lightnessOfPixels(pixels);
    this.shownLight = resize(this.light, this.full, shown);
  }

  /** The picture as it waits for colour, at the size on the screen. @returns {Pixels} */
  get gray() {
    const none = new Float32Array(this.shownLight.length);
    return this.#pixels(this.shownLight, [none, none], this.shown);
  }

  /**
   * @param {import("./network.mjs").Network} network
   * @param {import("./session.mjs").Hints} hints
   * @param {boolean} isFull whether at the picture's own size, or for the screen
   * @returns {Promise<Painted>}
   */
  async paint(network, hints, isFull) {
    const inner = workingSize(this.full, network.side);
    const frame = frameFor(hints.points, inner, network.multiple);
    const planes = (await this.#planes(network, hints, frame)).map((plane) => crop(plane, frame));
    const change = hints.scribbles?.length ? this.#changeOf(this.#painted.planes.map((plane) => crop(plane, frame)), planes, inner) : null;
    const [light, size] = isFull ? [this.light, this.full] : [this.shownLight, this.shown];
    const ab = planes.map((plane) => enlarge(plane, inner, size));
    return { ...this.#pixels(light, ab, size), change };
  }

  /** @param {Float32Array[]} before @param {Float32Array[]} after @param {Size} inner */
  #changeOf(before, after, inner) {
    const added = after.map((plane, c) => plane.map((value, i) => value - before[c][i]));
    const amounts = added[0].map((value, i) => AB_MAX * Math.hypot(value, added[1][i]));
    const loud = added.map((plane) => plane.map((value) => LOUDER * value));
    const light = /** @type {Float32Array} */ (this.#condition).map((value) => 50 * (value + 1));
    const maps = [this.#pixels(light, before, inner), this.#pixels(light.map(() => EVEN), loud, inner)];
    return { maps, most: largest(amounts), share: amounts.filter((value) => value > SEEN).length / amounts.length };
  }

  /** @param {import("./network.mjs").Network} network @param {import("./session.mjs").Hints} hints @param {import("./maps.mjs").Frame} frame */
  async #planes(network, { points, scribbles = [] }, frame) {
    const [seen, maps] = [await this.#look(network, frame), hintMaps(points, frame)];
    const asked = JSON.stringify(points);
    if (asked !== this.#painted?.asked) this.#painted = { asked, planes: await network.paint(seen, maps, frame.size) };
    const { planes } = this.#painted;
    if (!scribbles.length) return planes;
    const scribble = pad(scribbleMask(scribbles, frame.inner), frame);
    const condition = mirrorPad(/** @type {Float32Array} */ (this.#condition), frame);
    return network.enhance(seen, maps, scribble, contextOf(condition, planes, maps, scribble, frame.size), frame.size);
  }

  /**
   * Likely colours for a place, the likeliest first, where the network tells them; and what it thinks of each class there.
   * @param {import("./network.mjs").Network} network @param {readonly import("./session.mjs").Point[]} points all others
   * @param {{x: number, y: number}} place @param {number} n
   * @returns {Promise<{colors: string[], logits?: Float32Array, light?: number}>}
   */
  async suggest(network, points, { x, y }, n) {
    const frame = frameFor(points, workingSize(this.full, network.side), network.multiple);
    const seen = await this.#look(network, frame);
    const [height, width] = frame.inner;
    const [row, column] = [Math.min(height - 1, Math.trunc(y * height)), Math.min(width - 1, Math.trunc(x * width))];
    const logits = await network.classify(seen, hintMaps(points, frame), frame.size, [row + frame.margin, column + frame.margin]);
    const light = 50 * (/** @type {Float32Array} */ (this.#condition)[row * width + column] + 1);
    return logits ? { colors: [...new Set(palette(logits, n).map(([a, b]) => fitGamut(light, a, b)))], logits, light } : { colors: [] };
  }

  /** @param {import("./network.mjs").Network} network @param {import("./maps.mjs").Frame} frame */
  #look(network, frame) {
    this.#condition ??= this.#shrunkLightness(frame.inner).map((light) => light / 50 - 1);
    const condition = this.#condition;
    return once(this.#seen, frame.margin, () => network.encode(mirrorPad(condition, frame), frame.size));
  }

  /** Of the picture as it is when it is shrunk, in sRGB. @param {Size} inner */
  #shrunkLightness(inner) {
    return lightness([0, 1, 2].map((channel) => resize(channelOf(this.pixels, channel), this.full, inner)));
  }

  /** @param {Float32Array} light @param {Float32Array[]} ab @param {Size} size @returns {Pixels} */
  #pixels(light, ab, [height, width]) {
    return { width, height, pixels: joinLightness(light, ab) };
  }
}
