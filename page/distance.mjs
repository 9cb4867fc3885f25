// How far each pixel is from what is 0, and from which one: the chamfer distances of OpenCV (Borgefors 1986).

import { view } from "./planes.mjs";

/** @typedef {import("./planes.mjs").Size} Size */

const STEPS = [1, Math.fround(1.4), Math.fround(2.1969)]; // straight, diagonal, and as a knight
const FIXED = STEPS.map((step) => Math.round(65536 * step)); // OpenCV counts in these where it keeps the nearest
/** @type {[number, number, number][]} rows down, columns to the right, kind of step: what was passed before a pixel */
const BEFORE = [[-2, -1, 2], [-2, 1, 2], [-1, -2, 2], [-1, -1, 1], [-1, 0, 0], [-1, 1, 1], [-1, 2, 2], [0, -1, 0]]; // prettier-ignore
const MARGIN = 2;

/** @param {ArrayLike<number>} plane @param {Size} size @param {number[]} steps @param {boolean} isExact in 32 bits, as OpenCV adds */
function sweep(plane, [height, width], steps, isExact) {
  const full = width + 2 * MARGIN;
  const empty = new Float32Array(full * (height + 2 * MARGIN)).fill(Infinity);
  const far = isExact ? empty : Float64Array.from(empty);
  const owner = new Int32Array(far.length);
  const offsets = BEFORE.map(([dy, dx]) => dy * full + dx);
  const costs = BEFORE.map(([, , kind]) => steps[kind]);
  const relax = (/** @type {number} */ p, /** @type {1 | -1} */ way) => {
    for (let n = 0; n < 8; n++) {
      const from = p + way * offsets[n];
      const sum = far[from] + costs[n];
      const value = isExact ? Math.fround(sum) : sum;
      if (value >= far[p]) continue;
      far[p] = value;
      owner[p] = owner[from];
    }
  };
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0, p = (y + MARGIN) * full + MARGIN; x < width; x++, i++, p++) {
      if (plane[i]) relax(p, 1);
      else far[p] = 0;
      if (!plane[i]) owner[p] = i;
    }
  }
  for (let y = height - 1; y >= 0; y--) {
    for (let p = (y + MARGIN) * full + MARGIN + width - 1, n = 0; n < width; n++, p--) if (far[p] > steps[0]) relax(p, -1);
  }
  return { far, owner };
}

/** @template {import("./planes.mjs").Plane} T @param {T} padded @param {Size} size */
const inner = (padded, [height, width]) => view(padded, [height + 2 * MARGIN, width + 2 * MARGIN], { left: MARGIN, top: MARGIN, height, width });

/** From each pixel to the nearest that is 0, in pixels. @param {ArrayLike<number>} plane @param {Size} size */
export const distance = (plane, size) => inner(/** @type {Float32Array} */ (sweep(plane, size, STEPS, true).far), size);

/** Which pixel that is. @param {ArrayLike<number>} plane @param {Size} size */
export const nearest = (plane, size) => inner(sweep(plane, size, FIXED, false).owner, size);
