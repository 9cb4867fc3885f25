// Planes at other sizes, as torch resizes them: what the network sees of a picture, and its colours at full size.

/** @param {number} x */
function bicubic(x) {
  const t = Math.abs(x);
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
  return t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
}

/**
 * Where each pixel of a resized line comes from: its first source pixel, and the weights from there on.
 * @typedef {{first: number, weights: number[]}} Taps
 */

/**
 * @param {number} from pixels @param {number} to pixels
 * @returns {Taps[]} bicubic, with the kernel as wide as a new pixel where it shrinks
 */
function bicubicTaps(from, to) {
  const scale = from / to;
  const reach = 2 * Math.max(1, scale);
  return Array.from({ length: to }, (_, i) => {
    const center = scale * (i + 0.5);
    const first = Math.max(0, Math.trunc(center - reach + 0.5));
    const end = Math.min(from, Math.trunc(center + reach + 0.5));
    const weights = Array.from({ length: end - first }, (_, n) => bicubic((n + first - center + 0.5) / Math.max(1, scale)));
    return even(first, weights);
  });
}

/** @param {number} first @param {number[]} weights @returns {Taps} whose sum is 1 */
function even(first, weights) {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { first, weights: weights.map((weight) => weight / total) };
}

/** @param {number} first @param {number} share of the pixel after it @param {number} from pixels @returns {Taps} */
const between = (first, share, from) => ({ first, weights: first + 1 < from ? [1 - share, share] : [1] });

/** @param {number} from pixels @param {number} to pixels @returns {Taps[]} */
function bilinearTaps(from, to) {
  return Array.from({ length: to }, (_, i) => {
    const place = Math.max(0, (from / to) * (i + 0.5) - 0.5);
    const first = Math.min(from - 1, Math.trunc(place));
    return between(first, Math.min(1, place - first), from);
  });
}

/**
 * @param {Float32Array} plane @param {[number, number]} from height and width @param {[number, number]} to
 * @param {(from: number, to: number) => Taps[]} taps
 */
function separable(plane, [height, width], [newHeight, newWidth], taps) {
  const rows = new Float32Array(height * newWidth);
  const across = taps(width, newWidth);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < newWidth; x++) {
      const { first, weights } = across[x];
      const source = y * width + first;
      let sum = 0;
      for (let n = 0; n < weights.length; n++) sum += weights[n] * plane[source + n];
      rows[y * newWidth + x] = sum;
    }
  }
  const resized = new Float32Array(newHeight * newWidth);
  taps(height, newHeight).forEach(({ first, weights }, y) => {
    weights.forEach((weight, n) => {
      const source = (first + n) * newWidth;
      for (let x = 0; x < newWidth; x++) resized[y * newWidth + x] += weight * rows[source + x];
    });
  });
  return resized;
}

/**
 * Bicubic, antialiased, and kept within the range that the plane had (`colornb.images.resize`).
 * @param {Float32Array} plane @param {[number, number]} from height and width @param {[number, number]} to
 */
export function resize(plane, from, to) {
  if (from[0] === to[0] && from[1] === to[1]) return plane;
  const low = plane.reduce((least, value) => Math.min(least, value), Infinity);
  const high = plane.reduce((most, value) => Math.max(most, value), -Infinity);
  return separable(plane, from, to, bicubicTaps).map((value) => Math.min(high, Math.max(low, value)));
}

/**
 * Bilinear (`torch.nn.functional.interpolate`, corners not aligned).
 * @param {Float32Array} plane @param {[number, number]} from height and width @param {[number, number]} to
 */
export const enlarge = (plane, from, to) => (from[0] === to[0] && from[1] === to[1] ? plane : separable(plane, from, to, bilinearTaps));

/**
 * The mean of what is under a new pixel, part by part (`INTER_AREA` of OpenCV).
 * @param {number} from pixels @param {number} to pixels @returns {Taps[]}
 */
function areaTaps(from, to) {
  const scale = from / to;
  return Array.from({ length: to }, (_, i) => {
    const [start, end] = [i * scale, Math.min(from, (i + 1) * scale)];
    const first = start - Math.floor(start) > 1 - 1e-3 ? Math.ceil(start) : Math.floor(start);
    const count = Math.max(1, Math.ceil(end - 1e-3) - first);
    const weights = Array.from({ length: count }, (_, n) => Math.min(end, first + n + 1) - Math.max(start, first + n));
    return even(first, weights);
  });
}

/** `INTER_AREA` of OpenCV where it grows: linear, but only beside where two pixels meet. @param {number} from @param {number} to @returns {Taps[]} */
function growTaps(from, to) {
  return Array.from({ length: to }, (_, i) => {
    const first = Math.min(from - 1, Math.floor((i * from) / to));
    const beyond = i + 1 - ((first + 1) * to) / from;
    return between(first, beyond <= 0 ? 0 : beyond - Math.floor(beyond), from);
  });
}

/** @param {number} from pixels @param {number} to pixels @returns {Taps[]} of all whole pixels that one covers, alike */
function poolTaps(from, to) {
  return Array.from({ length: to }, (_, i) => {
    const first = Math.floor((i * from) / to);
    const count = Math.ceil(((i + 1) * from) / to) - first;
    return even(first, new Array(count).fill(1));
  });
}

/** @param {Float32Array} plane @param {[number, number]} from height and width @param {[number, number]} to smaller */
export const shrink = (plane, from, to) => (from[0] === to[0] && from[1] === to[1] ? plane : separable(plane, from, to, areaTaps));
/** The same, which also grows. @param {Float32Array} plane @param {[number, number]} from @param {[number, number]} to */
export const shrinkOrGrow = (plane, from, to) => separable(plane, from, to, from[0] >= to[0] && from[1] >= to[1] ? areaTaps : growTaps);
/** The same as torch does it. @param {Float32Array} plane @param {[number, number]} from @param {[number, number]} to */
export const pool = (plane, from, to) => separable(plane, from, to, poolTaps);

/**
 * What is at the middle of each new pixel; with `middle` 0 what is at its beginning, as OpenCV takes it.
 * @template {Int32Array | Uint8Array | Float32Array} T
 * @param {T} plane @param {[number, number]} from height and width @param {[number, number]} to @param {number} [middle]
 * @returns {T}
 */
export function resizeNearest(plane, [height, width], [newHeight, newWidth], middle = 0.5) {
  if (height === newHeight && width === newWidth) return plane;
  const at = (/** @type {number} */ from, /** @type {number} */ to) =>
    Array.from({ length: to }, (_, i) => Math.min(from - 1, Math.floor(((i + middle) * from) / to)));
  const columns = at(width, newWidth);
  const Type = /** @type {any} */ (plane.constructor);
  const resized = new Type(newHeight * newWidth);
  at(height, newHeight).forEach((row, y) => {
    for (let x = 0; x < newWidth; x++) resized[y * newWidth + x] = plane[row * width + columns[x]];
  });
  return resized;
}
