// Likely colours for a place, from what a network thinks of each: `ab_bins.palette` and `color.fit_gamut` of Python.

import { hexOfLab, isShown } from "./color.mjs";
import { sum } from "./planes.mjs";

const STEP = 10; // of the ab plane, from one class to the next
const LIMIT = 110;
export const SIDE = (2 * LIMIT) / STEP + 1;
const FLATTEN = 5; // of the logits, so that rarer colours are offered, too
const LEAST = 1e-3; // of the likeliest: what is less likely does not count
const STARTS = 8;
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
  const random = dice(1);
  const found = Array.from({ length: STARTS }, () => cluster(bins, Math.min(n, bins.length), random));
  const best = found.reduce((one, other) => (other.apart < one.apart ? other : one));
  return best.middles.sort((one, other) => other.weight - one.weight).map(({ a, b }) => [a, b]);
}

/** Numbers in [0, 1) that are the same each time (mulberry32). @param {number} state */
function dice(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const far = (/** @type {{a: number, b: number}} */ one, /** @type {{a: number, b: number}} */ other) => (one.a - other.a) ** 2 + (one.b - other.b) ** 2;

/** @param {Bin} bin @param {Bin[]} middles @returns {number} which is nearest */
const nearest = (bin, middles) => middles.reduce((best, middle, k) => (far(bin, middle) < far(bin, middles[best]) ? k : best), 0);

/** Weighted k-means, begun as k-means++ is. @param {Bin[]} bins @param {number} n @param {() => number} random */
function cluster(bins, n, random) {
  /** @type {Bin[]} */ let middles = [pick(bins, bins.map(({ weight }) => weight), random)];
  while (middles.length < n) middles.push(pick(bins, bins.map((bin) => bin.weight * far(bin, middles[nearest(bin, middles)])), random));
  let apart = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
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
    if (total >= apart) break;
    apart = total;
  }
  return { middles, apart };
}

/** @param {Bin[]} bins @param {number[]} chances @param {() => number} random */
function pick(bins, chances, random) {
  let left = random() * sum(chances);
  return bins[Math.max(0, chances.findIndex((chance) => (left -= chance) < 0))];
}

/** A colour as "#rrggbb"; one that no screen can show is made paler. @param {number} light 0 to 100 @param {number} a @param {number} b */
export function fitGamut(light, a, b) {
  for (let share = 100; share > 0; share--) if (isShown(light, (a * share) / 100, (b * share) / 100)) return hexOfLab(light, (a * share) / 100, (b * share) / 100);
  return hexOfLab(light, 0, 0);
}
