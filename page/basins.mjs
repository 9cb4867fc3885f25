// Paper cut at its narrow places: watershed (Meyer 1991), borders, and what is joined; as in colornb/areas.py.

import { components, dilate, mask, root, square } from "./morphology.mjs";

/** @typedef {import("./maps.mjs").Size} Size */
/** @typedef {{pairs: [number, number][], lengths: number[], heights: number[]}} Borders pairs of areas, in order */

const STEP = 0.65; // from one width at which areas are looked for to the next
const NECK = Math.fround(0.6); // of the narrower area's width: a wider neck is none

/** A queue whose first is the lowest, of equals the oldest; of equally old ones as scikit-image has it. */
class Queue {
  /** @type {number[]} */ values = [];
  /** @type {number[]} */ ages = [];
  /** @type {number[]} */ places = [];

  /** @param {number} a @param {number} b */
  #isBefore(a, b) {
    return this.values[a] !== this.values[b] ? this.values[a] < this.values[b] : this.ages[a] < this.ages[b];
  }

  /** @param {number} a @param {number} b */
  #swap(a, b) {
    for (const row of [this.values, this.ages, this.places]) {
      const kept = row[a];
      row[a] = row[b];
      row[b] = kept;
    }
  }

  /** @param {number} value @param {number} age @param {number} place */
  push(value, age, place) {
    let child = this.values.push(value) - 1;
    this.ages.push(age);
    this.places.push(place);
    for (let parent; child > 0 && this.#isBefore(child, (parent = (child - 1) >> 1)); child = parent) this.#swap(child, parent);
  }

  /** @returns {number} a place */
  pop() {
    this.#swap(0, this.values.length - 1);
    this.values.pop();
    this.ages.pop();
    const place = this.places.pop();
    for (let at = 0; ; ) {
      let first = at;
      for (const child of [2 * at + 1, 2 * at + 2]) if (child < this.values.length && this.#isBefore(child, first)) first = child;
      if (first === at) return place;
      this.#swap(at, first);
      at = first;
    }
  }
}

/** Grow markers, over low values first. @param {(i: number) => number} height of a pixel @param {Int32Array} markers 0 for none
 * @param {Size} size @param {Uint8Array} [inside] nothing grows outside */
export function watershed(height, markers, [rows, width], inside) {
  const found = markers.slice();
  const queue = new Queue();
  const reached = Float64Array.from(found, (_, i) => height(i)); // the highest on the way
  found.forEach((label, i) => {
    if (inside && !inside[i]) found[i] = 0;
    else if (label) queue.push(reached[i], 0, i);
  });
  for (let age = 1; queue.values.length; ) {
    const i = queue.pop();
    const x = i % width;
    for (const n of [i >= width ? i - width : -1, x ? i - 1 : -1, x + 1 < width ? i + 1 : -1, i + width < rows * width ? i + width : -1]) {
      if (n < 0 || found[n] || (inside && !inside[n])) continue;
      found[n] = found[i];
      reached[n] = Math.max(reached[n], reached[i]);
      queue.push(reached[n], (age += 1), n);
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
  const around = dilate(left, size, square(3)).map((near, i) => Number(near && depth[i] > 0));
  const flooded = watershed((i) => -depth[i], labels.map((label, i) => (around[i] ? label : 0)), size, around);
  return labels.map((label, i) => (left[i] ? flooded[i] : label));
}

/** Areas side by side, from 1: the length of their border, and where a plane is highest on it.
 * @param {Int32Array} labels @param {ArrayLike<number>} plane @param {Size} size @returns {Borders} */
export function borders(labels, plane, [rows, width]) {
  const most = largest(labels) + 1;
  /** @type {Map<number, [number, number]>} */ const found = new Map();
  const meet = (/** @type {number} */ i, /** @type {number} */ n) => {
    const [one, other] = [labels[i], labels[n]];
    if (one === other || !one || !other) return;
    const key = Math.min(one, other) * most + Math.max(one, other);
    const height = Math.min(plane[i], plane[n]);
    const border = found.get(key);
    if (!border) return void found.set(key, [1, Math.max(0, height)]);
    border[0] += 1;
    border[1] = Math.max(border[1], height);
  };
  for (let i = 0; i < labels.length; i++) {
    if ((i + 1) % width) meet(i, i + 1);
    if (i + width < rows * width) meet(i, i + width);
  }
  const keys = [...found.keys()].sort((a, b) => a - b);
  const values = keys.map((key) => found.get(key));
  return { pairs: keys.map((key) => [Math.floor(key / most), key % most]), lengths: values.map(([length]) => length), heights: values.map(([, height]) => height) };
}

/** @param {ArrayLike<number>} values */
export function largest(values) {
  let most = 0;
  for (let i = 0; i < values.length; i++) if (values[i] > most) most = values[i];
  return most;
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
  const { pairs, heights } = borders(labels, depth, size);
  const peaks = peaksOf(labels, depth);
  const parents = Int32Array.from(peaks, (_, k) => k);
  const order = pairs.map((_, n) => n).sort((a, b) => heights[b] - heights[a]);
  for (const n of order) {
    const [one, other] = pairs[n].map((k) => root(parents, k));
    const narrow = Math.max(Math.fround(gap), Math.min(Math.fround(widest), Math.fround(NECK * Math.min(peaks[one], peaks[other]))));
    if (one === other || heights[n] < narrow) continue;
    const [low, high] = peaks[other] < peaks[one] ? [other, one] : [one, other];
    parents[low] = high;
  }
  return labels.map((k) => root(parents, k));
}

/** A number for each of `n` things, from 0, the same for those that edges connect. @param {[number, number][]} edges @param {number} n */
export function groups(edges, n) {
  const parents = Int32Array.from({ length: n }, (_, k) => k);
  for (const edge of edges) {
    const [a, b] = edge.map((k) => root(parents, k));
    parents[Math.max(a, b)] = Math.min(a, b);
  }
  let count = 0;
  const numbers = new Int32Array(n);
  for (let k = 0; k < n; k++) numbers[k] = parents[k] === k ? count++ : numbers[root(parents, k)];
  return numbers;
}
