// Likely colours for a place, from what a network thinks of each: `ab_bins.palette` and `color.fit_gamut` of Python.

import { hexOfLab, isShown } from "./color.mjs";

const STEP = 10; // of the ab plane, from one class to the next
const LIMIT = 110;
export const SIDE = (2 * LIMIT) / STEP + 1;
const FLATTEN = 5; // of the logits, so that rarer colours are offered, too
const LEAST = 1e-3; // of the likeliest: what is less likely does not count
const ROUNDS = 100;

/** @typedef {{a: number, b: number, weight: number}} Bin */

/** The middle of a class. @param {number} i its number */
export const binAt = (i) => ({ a: STEP * Math.floor(i / SIDE) - LIMIT, b: STEP * (i % SIDE) - LIMIT });

/** @param {ArrayLike<number>} logits @param {number} n @returns {[number, number][]} a and b, the commonest first */
export function palette(logits, n) {
  const values = Array.from(logits);
  const most = Math.max(...values);
  const bins = values
    .map((logit, i) => ({ ...binAt(i), weight: Math.exp((logit - most) / FLATTEN) }))
    .filter(({ weight }) => weight > LEAST);
  return cluster(bins, Math.min(n, bins.length)).sort((one, other) => other.weight - one.weight).map(({ a, b }) => [a, b]);
}

const far = (/** @type {{a: number, b: number}} */ one, /** @type {{a: number, b: number}} */ other) => (one.a - other.a) ** 2 + (one.b - other.b) ** 2;

/** @param {Bin} bin @param {Bin[]} middles @returns {number} which is nearest */
const nearest = (bin, middles) => middles.reduce((best, middle, k) => (far(bin, middle) < far(bin, middles[best]) ? k : best), 0);

/** Weighted k-means, begun with bins that are likely and far from those before. @param {Bin[]} bins @param {number} n */
function cluster(bins, n) {
  /** @type {Bin[]} */ let middles = [];
  const worth = (/** @type {Bin} */ bin) => bin.weight * (middles.length ? far(bin, middles[nearest(bin, middles)]) : 1);
  while (middles.length < n) middles.push(bins.reduce((best, bin) => (worth(bin) > worth(best) ? bin : best)));
  for (let round = 0, last = Infinity; round < ROUNDS; round++) {
    const sums = middles.map(() => ({ a: 0, b: 0, weight: 0 }));
    let total = 0;
    for (const bin of bins) {
      const k = nearest(bin, middles);
      total += bin.weight * far(bin, middles[k]);
      sums[k].a += bin.weight * bin.a;
      sums[k].b += bin.weight * bin.b;
      sums[k].weight += bin.weight;
    }
    middles = sums.map(({ a, b, weight }, k) => (weight ? { a: a / weight, b: b / weight, weight } : middles[k]));
    if (total >= last) break;
    last = total;
  }
  return middles;
}

/** A colour as "#rrggbb"; one that no screen can show is made paler. @param {number} light 0 to 100 @param {number} a @param {number} b */
export function fitGamut(light, a, b) {
  for (let share = 100; share > 0; share--) if (isShown(light, (a * share) / 100, (b * share) / 100)) return hexOfLab(light, (a * share) / 100, (b * share) / 100);
  return hexOfLab(light, 0, 0);
}
