// Planes at other sizes, as torch resizes them: what the network sees of a picture, and its colours at full size.

import { largest, pick, range, smallest, sum } from "./planes.mjs";

/** @typedef {import("./planes.mjs").Size} Size */
/**
 * Where a pixel of a resized line comes from: its first source pixel, and the weights from there on.
 * @typedef {{first: number, weights: number[]}} Taps
 */
/** Those of pixel `i` of `to`, on a line of `from` pixels. @typedef {(i: number, from: number, to: number) => Taps} Kernel */

/** @param {number} x */
function cubic(x) {
  const t = Math.abs(x);
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
  return t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
}

/** @param {number} first @param {number} end @param {(at: number) => number} weigh @returns {Taps} whose sum is 1 */
function even(first, end, weigh) {
  const weights = Array.from({ length: end - first }, (_, n) => weigh(first + n));
  const total = sum(weights);
  return { first, weights: weights.map((weight) => weight / total) };
}

/** @param {number} first @param {number} share of the pixel after it @param {number} from pixels @returns {Taps} */
const between = (first, share, from) => ({ first, weights: first + 1 < from ? [1 - share, share] : [1] });

/** With a kernel as wide as a new pixel where it shrinks. @type {Kernel} */
function bicubic(i, from, to) {
  const scale = from / to;
  const reach = 2 * Math.max(1, scale);
  const center = scale * (i + 0.5);
  const first = Math.max(0, Math.trunc(center - reach + 0.5));
  const end = Math.min(from, Math.trunc(center + reach + 0.5));
  return even(first, end, (at) => cubic((at - center + 0.5) / Math.max(1, scale)));
}

/** @type {Kernel} */
function bilinear(i, from, to) {
  const place = Math.max(0, (from / to) * (i + 0.5) - 0.5);
  const first = Math.min(from - 1, Math.trunc(place));
  return between(first, Math.min(1, place - first), from);
}

/** The mean of what is under a new pixel, part by part (`INTER_AREA` of OpenCV). @type {Kernel} */
function area(i, from, to) {
  const scale = from / to;
  const [start, end] = [i * scale, Math.min(from, (i + 1) * scale)];
  const first = start - Math.floor(start) > 1 - 1e-3 ? Math.ceil(start) : Math.floor(start);
  return even(first, Math.max(first + 1, Math.ceil(end - 1e-3)), (at) => Math.min(end, at + 1) - Math.max(start, at));
}

/** `INTER_AREA` of OpenCV where it grows: linear, but only beside where two pixels meet. @type {Kernel} */
function grown(i, from, to) {
  const first = Math.min(from - 1, Math.floor((i * from) / to));
  const beyond = i + 1 - ((first + 1) * to) / from;
  return between(first, beyond <= 0 ? 0 : beyond - Math.floor(beyond), from);
}

/** All whole pixels that one covers, alike. @type {Kernel} */
const pooled = (i, from, to) => even(Math.floor((i * from) / to), Math.ceil(((i + 1) * from) / to), () => 1);

/** @param {Float32Array} plane @param {Size} from @param {Size} to @param {Kernel} kernel */
function separable(plane, [height, width], [newHeight, newWidth], kernel) {
  if (isSame([height, width], [newHeight, newWidth])) return plane;
  const rows = new Float32Array(height * newWidth);
  const across = range(0, newWidth - 1).map((x) => kernel(x, width, newWidth));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < newWidth; x++) {
      const { first, weights } = across[x];
      const source = y * width + first;
      let total = 0;
      for (let n = 0; n < weights.length; n++) total += weights[n] * plane[source + n];
      rows[y * newWidth + x] = total;
    }
  }
  const resized = new Float32Array(newHeight * newWidth);
  range(0, newHeight - 1).forEach((y) => {
    const { first, weights } = kernel(y, height, newHeight);
    weights.forEach((weight, n) => {
      const source = (first + n) * newWidth;
      for (let x = 0; x < newWidth; x++) resized[y * newWidth + x] += weight * rows[source + x];
    });
  });
  return resized;
}

/** @param {Size} one @param {Size} other */
const isSame = (one, other) => one[0] === other[0] && one[1] === other[1];

/** Bicubic, antialiased, and kept within the range that the plane had (`colornb.images.resize`).
 * @param {Float32Array} plane @param {Size} from @param {Size} to */
export function resize(plane, from, to) {
  const [low, high] = [smallest(plane), largest(plane, -Infinity)];
  return separable(plane, from, to, bicubic).map((value) => Math.min(high, Math.max(low, value)));
}

/** Bilinear (`torch.nn.functional.interpolate`, corners not aligned). @param {Float32Array} plane @param {Size} from @param {Size} to */
export const enlarge = (plane, from, to) => separable(plane, from, to, bilinear);
/** @param {Float32Array} plane @param {Size} from @param {Size} to smaller */
export const shrink = (plane, from, to) => separable(plane, from, to, area);
/** The same, which also grows. @param {Float32Array} plane @param {Size} from @param {Size} to */
export const shrinkOrGrow = (plane, from, to) => separable(plane, from, to, from[0] >= to[0] && from[1] >= to[1] ? area : grown);
/** The same as torch does it. @param {Float32Array} plane @param {Size} from @param {Size} to */
export const pool = (plane, from, to) => separable(plane, from, to, pooled);

/**
 * What is at the middle of each new pixel; with `middle` 0 what is at its beginning, as OpenCV takes it.
 * @template {import("./planes.mjs").Plane} T @param {T} plane @param {Size} from @param {Size} to @param {number} [middle] @returns {T}
 */
export function resizeNearest(plane, from, to, middle = 0.5) {
  if (isSame(from, to)) return plane;
  const [rows, columns] = to.map((side, axis) => range(0, side - 1).map((i) => Math.min(from[axis] - 1, Math.floor(((i + middle) * from[axis]) / side))));
  return pick(plane, from[1], rows, columns);
}
