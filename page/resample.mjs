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
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return { first, weights: weights.map((weight) => weight / total) };
  });
}

/** @param {number} from pixels @param {number} to pixels @returns {Taps[]} */
function bilinearTaps(from, to) {
  return Array.from({ length: to }, (_, i) => {
    const place = Math.max(0, (from / to) * (i + 0.5) - 0.5);
    const first = Math.min(from - 1, Math.trunc(place));
    const share = Math.min(1, place - first);
    return first + 1 < from ? { first, weights: [1 - share, share] } : { first, weights: [1] };
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
export const enlarge = (plane, from, to) => separable(plane, from, to, bilinearTaps);
