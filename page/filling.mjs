// What a network painted, brought to the areas of a drawing, each painted by itself. As in colornb/areas.py and
// colornb/drawn_page.py.

import { countAreas, sampleAreas } from "./areas.mjs";
import { distance } from "./distance.mjs";
import { dilate, erode, square } from "./morphology.mjs";
import { cut, largest } from "./planes.mjs";
import { enlarge, resizeNearest } from "./resample.mjs";

/** @typedef {import("./planes.mjs").Size} Size */
/** @typedef {import("./areas.mjs").Areas} Areas */
/** A colour, in [0, 1], and the areas that it was given to. @typedef {{color: number[], areas: number[]}} Answer */

const OWN = 0.25; // of how the network's colours vary within an area is kept in one whose colour was not given
const SHADING = 0.5; // of the shades that the network gives to an area are kept in one whose colour was given
const DOT = 4; // pixels of the network's: how far the dot reaches that it paints around a point, as a standard deviation
const LUMA = [0.299, 0.587, 0.114];
const REACH = 2; // pixels: from how far inside of an area its rim is filled

/** The last answer about each area, from 0; -1 for none. @param {readonly Answer[]} answers @param {number} n areas */
export function lastAnswers(answers, n) {
  const last = new Int32Array(n).fill(-1);
  answers.forEach((answer, k) => answer.areas.forEach((area) => area < n && (last[area] = k)));
  return last;
}

/**
 * @param {Float32Array[]} small red, green and blue in [0, 1], as painted
 * @param {Float32Array} lines at the same size @param {Size} size
 * @param {Areas} areas at the size that is wanted
 * @param {readonly Answer[]} answers
 * @param {Uint8Array} points at the network's size: 1 where one lies
 * @returns {Float32Array[]}
 */
export function fillAreas(small, lines, size, areas, answers, points) {
  const n = largest(areas.labels) + 1;
  const own = resizeNearest(areas.labels, areas.size, size);
  const weight = lines.map((light) => light ** 4 + 1e-3);
  const { numbers, places } = sampleAreas(areas, size);
  const last = lastAnswers(answers, n);
  const shades = shadesOf(points, size);
  const flat = small.map((plane) => means(own, own.map((_, i) => i), plane, weight, n));
  const shade = weight.map((_, i) => shades[i] * LUMA.reduce((sum, part, c) => sum + part * (small[c][i] - flat[c][own[i]]), 0));
  const inner = innerOf(weight, own, size);
  return small.map((plane, c) => {
    const mean = means(numbers, places, plane, weight, n);
    last.forEach((answer, area) => answer >= 0 && (mean[area] = answers[answer].color[c]));
    const even = (/** @type {number} */ value, /** @type {number} */ area) => flat[c][area] + OWN * (value - flat[c][area]);
    const deviation = plane.map((value, i) => (last[own[i]] >= 0 ? shade[i] : even(value, own[i]) - mean[own[i]]));
    const large = enlarge(inwards(deviation, inner, own, size), size, areas.size);
    return large.map((value, i) => cut(value + mean[areas.labels[i]]));
  });
}

/** A picture in which colours that are new fill their areas, flat. @param {Uint8ClampedArray<ArrayBuffer>} pixels @param {Int32Array} labels
 * @param {readonly Answer[]} answers @param {readonly boolean[]} fresh which of them are new @param {Float32Array[]} ink */
export function fillFlat(pixels, labels, answers, fresh, ink) {
  const [flat, last] = [pixels.slice(), lastAnswers(answers, largest(labels) + 1)];
  labels.forEach((area, i) => {
    if (fresh[last[area]]) answers[last[area]].color.forEach((value, c) => (flat[4 * i + c] = 255 * value * (ink[c] ?? ink[0])[i]));
  });
  return flat;
}

/** The mean under each number, of values at some places; 1, as paper is, where there is none. @param {ArrayLike<number>} numbers
 * @param {ArrayLike<number>} places @param {Float32Array} values @param {Float32Array} weight @param {number} n */
function means(numbers, places, values, weight, n) {
  const [total, sum] = [new Float64Array(n), new Float64Array(n)];
  for (let k = 0; k < numbers.length; k++) {
    total[numbers[k]] += weight[places[k]];
    sum[numbers[k]] += weight[places[k]] * values[places[k]];
  }
  return Float32Array.from(sum, (value, k) => (total[k] ? value / Math.max(total[k], 1e-9) : 1));
}

/** How much of its shades is kept at each pixel: none at points, around which a network paints a dot. @param {Uint8Array} points @param {Size} size */
function shadesOf(points, size) {
  if (!points.includes(1)) return new Float32Array(points.length).fill(SHADING);
  return distance(points.map((inside) => 1 - inside), size).map((far) => SHADING * (1 - Math.exp(-0.5 * (far / DOT) ** 2)));
}

/** How far each pixel is inside of its area, not at its rim nor on lines. @param {Float32Array} weight @param {Int32Array} own @param {Size} size */
function innerOf(weight, own, size) {
  const plane = Float32Array.from(own);
  const [low, high] = [erode(plane, size, square(3)), dilate(plane, size, square(3))];
  return weight.map((amount, i) => (low[i] === high[i] ? amount : 0));
}

/** A plane as it is further inside of each area, where at its rim something bled in. @param {Float32Array} plane
 * @param {Float32Array} inner @param {Int32Array} own @param {Size} size */
function inwards(plane, inner, own, [height, width]) {
  return plane.map((value, i) => {
    const x = i % width;
    const y = (i - x) / width;
    let [total, sum] = [0, 0];
    for (let row = Math.max(0, y - REACH); row <= Math.min(height - 1, y + REACH); row++) {
      for (let column = Math.max(0, x - REACH); column <= Math.min(width - 1, x + REACH); column++) {
        const place = row * width + column;
        if (own[place] !== own[i]) continue;
        const near = Math.exp(-((row - y) ** 2 + (column - x) ** 2) / 2) * inner[place];
        total += near;
        sum += near * plane[place];
      }
    }
    return inner[i] * value + (1 - inner[i]) * (sum / Math.max(total, 1e-3));
  });
}

/** Where nothing is painted: the white areas that no answer is about. @param {Areas} white @param {Size} size the network's
 * @param {Int32Array} own areas at that size @param {readonly Answer[]} answers @returns {Areas} */
export function stayingWhite(white, size, own, answers) {
  const small = resizeNearest(white.labels, white.size, size);
  const sizes = countAreas(small);
  /** @type {Set<number>} */ const wanted = new Set();
  for (const { areas } of answers) {
    const asked = new Set(areas);
    const inside = small.filter((_, i) => asked.has(own[i]));
    const common = countAreas(inside);
    if (!inside.length || inside.length - common[0] <= 0.5 * inside.length) continue;
    common.forEach((count, number) => {
      if (number && count > 0.5 * Math.min(sizes[number], inside.length)) wanted.add(number);
    });
  }
  return { ...white, labels: white.labels.map((number) => Number(number > 0 && !wanted.has(number))) };
}

/** Colours under the ink of a drawing, both at one size; white is left without colour.
 * @param {Float32Array[]} planes @param {Float32Array[]} ink @param {Size} size @param {Areas} white */
export function multiplyInk(planes, ink, size, white) {
  const blank = resizeNearest(white.labels, white.size, size, 0);
  const pixels = new Uint8ClampedArray(4 * size[0] * size[1]).fill(255);
  planes.forEach((plane, c) => {
    const dark = ink[c] ?? ink[0];
    for (let i = 0; i < plane.length; i++) pixels[4 * i + c] = 255 * dark[i] * (blank[i] ? 1 : plane[i]);
  });
  return pixels;
}
