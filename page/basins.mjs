// Paper cut at its narrow places: watershed (Meyer 1991), borders, and what is joined; as in colornb/areas.py.

import { components, dilate, root, square } from "./morphology.mjs";
import { floats, largest, mask } from "./planes.mjs";

/** @typedef {import("./planes.mjs").Size} Size */
/** Of two areas: its length, and where a plane is highest on it. @typedef {{one: number, other: number, length: number, height: number}} Border */

const STEP = 0.65; // from one width at which areas are looked for to the next
const NECK = Math.fround(0.6); // of the narrower area's width: a wider neck is none

/** A queue of pixels; of equally old ones, the first is as scikit-image has it. */
class Queue {
  /** @type {number[]} */ #pixels = [];

  /** @param {Float32Array} values @param {Int32Array} ages of pixels: the lowest comes first, of equals the oldest */
  constructor(values, ages) {
    this.values = values;
    this.ages = ages;
  }

  /** @param {number} a @param {number} b */
  #isBefore(a, b) {
    return this.values[a] !== this.values[b] ? this.values[a] < this.values[b] : this.ages[a] < this.ages[b];
  }

  /** @param {number} pixel */
  push(pixel) {
    let child = this.#pixels.push(pixel) - 1;
    for (let parent; child > 0 && this.#isBefore(pixel, this.#pixels[(parent = (child - 1) >> 1)]); child = parent) this.#pixels[child] = this.#pixels[parent];
    this.#pixels[child] = pixel;
  }

  /** @returns {number | undefined} */
  pop() {
    const [pixels, first, last] = [this.#pixels, this.#pixels[0], this.#pixels.pop()];
    for (let at = 0; pixels.length; ) {
      let next = 2 * at + 1;
      if (next + 1 < pixels.length && this.#isBefore(pixels[next + 1], pixels[next])) next += 1;
      const isLower = next < pixels.length && this.#isBefore(pixels[next], last);
      pixels[at] = isLower ? pixels[next] : last;
      if (!isLower) break;
      at = next;
    }
    return first;
  }
}

/** Grow markers, over low values first. @param {(i: number) => number} height of a pixel @param {Int32Array} markers 0 for none
 * @param {Size} size @param {Uint8Array} [inside] nothing grows outside */
export function watershed(height, markers, [rows, width], inside) {
  const found = markers.slice();
  const reached = floats(found, (_, i) => height(i)); // the highest on the way
  const ages = new Int32Array(found.length);
  const queue = new Queue(reached, ages);
  found.forEach((label, i) => {
    if (inside && !inside[i]) found[i] = 0;
    else if (label) queue.push(i);
  });
  for (let age = 1, i = queue.pop(); i !== undefined; i = queue.pop()) {
    const x = i % width;
    for (const n of [i >= width ? i - width : -1, x ? i - 1 : -1, x + 1 < width ? i + 1 : -1, i + width < rows * width ? i + width : -1]) {
      if (n < 0 || found[n] || (inside && !inside[n])) continue;
      found[n] = found[i];
      reached[n] = Math.max(reached[n], reached[i]);
      ages[n] = age += 1;
      queue.push(n);
    }
  }
  return found;
}

/** @param {Float32Array} depth @param {number} widest @param {Size} size @returns {Int32Array} paper, cut at its necks */
export function basins(depth, widest, size) {
  const labels = new Int32Array(depth.length);
  /** @type {number[]} */ const seeds = [];
  const radii = Array.from({ length: 20 }, (_, k) => widest * STEP ** k).filter((radius) => radius > 1);
  for (const radius of [...radii.map(Math.fround), 0]) {
    const { labels: pieces, count } = components(mask(depth, (far) => far > radius), size);
    const [anywhere, owner, seen] = [0, 1, 2].map(() => new Int32Array(count));
    pieces.forEach((piece, i) => (anywhere[piece] = i));
    for (const seed of seeds) seen[pieces[seed]] += 1;
    for (let piece = 1; piece < count; piece++) if (!seen[piece]) seeds.push(anywhere[piece]);
    seeds.forEach((seed, n) => (owner[pieces[seed]] = n + 1));
    pieces.forEach((piece, i) => {
      if (piece && seen[piece] <= 1) labels[i] = owner[piece];
    });
  }
  return flood(labels, depth, size);
}

/** @param {Int32Array} labels @param {Float32Array} depth @param {Size} size */
function flood(labels, depth, size) {
  const left = mask(depth, (far, i) => far > 0 && !labels[i]);
  const around = mask(dilate(left, size, square(3)), (near, i) => near > 0 && depth[i] > 0);
  const flooded = watershed((i) => -depth[i], labels, size, around);
  return labels.map((label, i) => (left[i] ? flooded[i] : label));
}

/** Of all areas that lie side by side, from 1, in order. @param {Int32Array} labels @param {ArrayLike<number>} plane @param {Size} size
 * @returns {Border[]} */
export function borders(labels, plane, [rows, width]) {
  const most = largest(labels) + 1;
  /** @type {Map<number, Border>} */ const found = new Map();
  const meet = (/** @type {number} */ i, /** @type {number} */ n) => {
    const [one, other] = [Math.min(labels[i], labels[n]), Math.max(labels[i], labels[n])];
    if (one === other || !one) return;
    const key = one * most + other;
    let border = found.get(key);
    if (!border) found.set(key, (border = { one, other, length: 0, height: 0 }));
    border.length += 1;
    border.height = Math.max(border.height, Math.min(plane[i], plane[n]));
  };
  for (let i = 0; i < labels.length; i++) {
    if ((i + 1) % width) meet(i, i + 1);
    if (i + width < rows * width) meet(i, i + width);
  }
  return [...found.values()].sort((a, b) => a.one - b.one || a.other - b.other);
}

/** Half the greatest width of each area. @param {Int32Array} labels @param {Float32Array} depth */
export function peaksOf(labels, depth) {
  const peaks = new Float32Array(largest(labels) + 1);
  labels.forEach((label, i) => (peaks[label] = Math.max(peaks[label], depth[i])));
  return peaks;
}

/** Join basins, the widest neck first, where a neck is no gap: one up to `gap` to either side always is.
 * @param {Int32Array} labels @param {Float32Array} depth @param {Size} size @param {number} widest @param {number} [gap] */
export function joinWide(labels, depth, size, widest, gap = 0) {
  const peaks = peaksOf(labels, depth);
  const parents = Int32Array.from(peaks, (_, k) => k);
  for (const border of borders(labels, depth, size).sort((a, b) => b.height - a.height)) {
    const [one, other] = [root(parents, border.one), root(parents, border.other)];
    const narrow = Math.max(Math.fround(gap), Math.min(Math.fround(widest), Math.fround(NECK * Math.min(peaks[one], peaks[other]))));
    if (one === other || border.height < narrow) continue;
    if (peaks[other] < peaks[one]) parents[other] = one;
    else parents[one] = other;
  }
  return labels.map((k) => root(parents, k));
}
