// What the lines of a drawing close: areas, each of which is painted by itself. As in colornb/areas.py.

import { basins, borders, joinWide, peaksOf } from "./basins.mjs";
import { distance, nearest } from "./distance.mjs";
import { dilate, groups, specksOf, square } from "./morphology.mjs";
import { floats, largest, mask, pick, range, scaled } from "./planes.mjs";
import { resizeNearest } from "./resample.mjs";

/** @typedef {import("./planes.mjs").Size} Size */
/** @typedef {{labels: Int32Array, size: Size}} Areas numbered from 1 */

const PIXELS = 1_500_000; // necks are looked for on a page no larger
export const INK = 0.75; // what is darker is ink
const SPECK = 0.003; // of the shorter side: ink that is no longer is dirt
const GAP = 0.006; // of the shorter side: half the widest gap in a line, and ..
const ROUNDED = 0.6; // .. pixels, as it may be wider by one
const SLIVER = 0.006; // of the shorter side: half the width of an area between the strokes of a hatching, at most
const STROKES = 4; // slivers side by side are a hatching
const ROUNDS = 8; // at most, in which crumbs are joined with what is beside them
const SMALLEST = 0.005; // of the shorter side: what is smaller than a square of it is no area
export const SEEN = 500_000; // pixels are enough to part an area, and for the means of all

/** @param {Size} size */
export const gapOf = (size) => GAP * Math.min(...size) + ROUNDED;

/**
 * @param {Float32Array} lines 1 for paper @param {Size} size
 * @param {Areas | null} white areas that stay white, each one with all that is in it
 * @returns {Int32Array}
 */
export function findAreas(lines, size, white) {
  const dark = mask(lines, (light) => light < INK);
  const specks = specksOf(dark, size, Math.max(1, SPECK * Math.min(...size)));
  const ink = mask(dark, (is, i) => is > 0 && !specks[i]);
  const { small, smallSize } = shrink(ink, size);
  const depth = distance(small.map((dark) => 1 - dark), smallSize);
  const gap = gapOf(smallSize);
  const found = enlarge(joinWide(basins(depth, gap, smallSize), depth, smallSize, gap), smallSize, ink, size);
  const areas = joinSmall(found, distance(ink.map((dark) => 1 - dark), size), size);
  if (!white) return areas;
  const own = resizeNearest(white.labels, white.size, size);
  const most = largest(areas);
  return areas.map((area, i) => (own[i] ? own[i] + most : area));
}

/** The ink on a page of at most `PIXELS`: all of it that would be lost is made thicker. @param {Uint8Array} ink @param {Size} size */
function shrink(ink, size) {
  const scale = (PIXELS / ink.length) ** 0.5;
  if (scale >= 1) return { small: ink, smallSize: size };
  const thick = dilate(ink, size, square(Math.ceil(1 / scale)));
  const smallSize = scaled(size, scale);
  return { small: resizeNearest(thick, size, smallSize, 0), smallSize };
}

/** Areas at the size of the ink, which is filled from the nearest. @param {Int32Array} small @param {Size} smallSize
 * @param {Uint8Array} ink @param {Size} size */
function enlarge(small, smallSize, ink, size) {
  const seen = floats(resizeNearest(small, smallSize, size, 0), (label, i) => (ink[i] ? 0 : label));
  const labels = small.length === ink.length ? seen : creep(seen, ink.map((dark) => 1 - dark), 3, size); // where ink was only while the page was small
  if (!largest(labels)) return new Int32Array(labels.length).fill(1);
  const from = nearest(mask(labels, (label) => !label), size);
  return Int32Array.from(labels.map((label, i) => label || labels[from[i]]));
}

/** Numbers that take what is open beside them, some pixels far. @param {Float32Array} numbers @param {Uint8Array} open
 * @param {number} far @param {Size} size */
export function creep(numbers, open, far, size) {
  for (let n = 0; n < far; n++) {
    const near = dilate(numbers, size, square(3));
    numbers = numbers.map((number, i) => (number || !open[i] ? number : near[i]));
  }
  return numbers;
}

/** Without areas between the strokes of a hatching, and crumbs. @param {Int32Array} labels @param {Float32Array} depth @param {Size} size */
function joinSmall(labels, depth, size) {
  const side = Math.min(...size);
  const isThin = mask(peaksOf(labels, depth), (peak) => peak < Math.fround(SLIVER * side));
  const thin = borders(labels, depth, size).filter(({ one, other }) => isThin[one] && isThin[other]);
  const strokes = groups(thin.map(({ one, other }) => [one, other]), isThin.length);
  const counts = countAreas(strokes);
  const isHatched = (/** @type {number} */ k) => isThin[k] && counts[strokes[k]] >= STROKES;
  const whole = labels.map((label) => (isHatched(label) ? strokes[label] + strokes.length : label));
  return joinCrumbs(whole, mask(depth, (far) => far > 0), (SMALLEST * side) ** 2, size);
}

/** One with fewer than `least` pixels of paper joins that beside it. @param {Int32Array} labels @param {Uint8Array} paper
 * @param {number} least @param {Size} size */
export function joinCrumbs(labels, paper, least, size) {
  for (let round = 0; round < ROUNDS; round++) {
    const sizes = countAreas(labels, paper);
    const found = borders(labels, paper, size);
    const both = [...found, ...found.map((border) => ({ ...border, one: border.other, other: border.one }))];
    /** @type {Map<number, number>} */ const longest = new Map();
    for (const { one, other } of both.sort((a, b) => a.length - b.length)) if (sizes[one] < least) longest.set(one, other);
    if (!longest.size) break;
    const joined = groups([...longest], sizes.length);
    labels = labels.map((label) => joined[label]);
  }
  let count = 0;
  const numbers = countAreas(labels).map((pixels) => (pixels ? (count += 1) : count));
  return labels.map((label) => numbers[label]);
}

/** @param {Int32Array} labels @param {Uint8Array} [where] only these pixels count */
export function countAreas(labels, where) {
  const sizes = new Int32Array(largest(labels) + 1);
  labels.forEach((label, i) => (sizes[label] += where ? where[i] : 1));
  return sizes;
}

/** Areas of some pixels, evenly spread, and where these lie in a picture of another size. @param {Areas} areas @param {Size} size */
export function sampleAreas({ labels, size: full }, size) {
  const step = Math.max(1, Math.trunc((labels.length / SEEN) ** 0.5));
  const [rows, columns] = full.map((side) => range(0, Math.ceil(side / step) - 1).map((n) => n * step));
  const at = (/** @type {number} */ i, /** @type {number} */ axis) => Math.floor(((i + 0.5) * size[axis]) / full[axis]);
  const own = Int32Array.from({ length: size[0] * size[1] }, (_, i) => i);
  const places = pick(own, size[1], rows.map((y) => at(y, 0)), columns.map((x) => at(x, 1)));
  return { numbers: pick(labels, full[1], rows, columns), places };
}
