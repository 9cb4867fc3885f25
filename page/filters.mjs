// Scribbles as a mask, and what filters make of a picture for them: `hints.rasterize_scribbles`, `filters` and
// `methods/_filter_context` of Python.

import { boxSums, dilate, erode, gaussian, square } from "./morphology.mjs";
import { round } from "./maps.mjs";
import { floats, nowhere, view, wider } from "./planes.mjs";

/** @typedef {import("./planes.mjs").Size} Size */

const RADII = [4, 8, 16];
const SIGMAS = [1.5, 3, 6];
const FILLS = [{ contrast: 20, sigma: 12 }, { contrast: 5, sigma: 8 }]; // prettier-ignore
const WALL = 100;
const PRIOR = 0.02;
const CONTRAST = 8;
const SMOOTHING = 4e-3;
const ROUNDS = 3;
const THICKEST = 6; // pixels: half the width of a scribble whose middle line is found

/** 1 where a scribble lies. @param {readonly import("./session.mjs").Scribble[]} scribbles @param {Size} size */
export function scribbleMask(scribbles, size) {
  const mask = new Float32Array(size[0] * size[1]);
  for (const { path, width } of scribbles) {
    const side = Math.max(1, round(width * Math.min(...size)));
    const line = new Uint8Array(mask.length);
    const places = path.map(([x, y]) => [Math.min(size[1] - 1, Math.trunc(x * size[1])), Math.min(size[0] - 1, Math.trunc(y * size[0]))]);
    places.forEach((place, n) => drawLine(line, size[1], places[Math.max(0, n - 1)], place));
    dilate(line, size, square(side, (side - 1) >> 1)).forEach((inside, i) => inside && (mask[i] = 1));
  }
  return mask;
}

/** Bresenham's line, from left to right as OpenCV goes. @param {Uint8Array} canvas @param {number} across @param {number[]} from @param {number[]} to */
function drawLine(canvas, across, from, to) {
  const [[x, y], [endX, endY]] = to[0] < from[0] ? [to, from] : [from, to];
  const down = endY < y ? -across : across;
  const [dx, dy] = [endX - x, Math.abs(endY - y)];
  const [long, short, major, minor] = dy > dx ? [dy, dx, down, 1] : [dx, dy, 1, down];
  for (let step = 0, at = y * across + x, error = long - 2 * short; step <= long; step++) {
    canvas[at] = 1;
    at += error < 0 ? major + minor : major;
    error += error < 0 ? 2 * long - 2 * short : -2 * short;
  }
}

/**
 * What an edge-enhancing network sees beside feature maps, plane after plane.
 * @param {Float32Array} condition @param {Float32Array[]} painted without scribbles
 * @param {{color: Float32Array[], mask: Float32Array}} hints @param {Float32Array} scribble @param {Size} size
 */
export function contextOf(condition, painted, { color, mask }, scribble, size) {
  const minus = (/** @type {ArrayLike<number>} */ one, /** @type {ArrayLike<number>} */ other) => floats(one, (value, i) => CONTRAST * (value - other[i]));
  const sharper = RADII.flatMap((radius) => guided(condition, painted, radius, size).map((plane, c) => minus(plane, painted[c])));
  const stronger = SIGMAS.flatMap((sigma) => blurred(painted, sigma, size).map((plane, c) => minus(painted[c], plane)));
  const filled = FILLS.flatMap((fill) => spread(condition, painted, color, mask, scribble, fill, size).map((plane, c) => minus(plane, painted[c])));
  return [condition, ...painted, ...color, mask, ...sharper, ...stronger, ...filled];
}

/** Planes whose edges lie where those of the guide do (He et al. 2013), by means of squares; nothing outside the picture counts. @param {Float32Array} guide @param {Float32Array[]} planes
 * @param {number} radius @param {Size} size */
function guided(guide, planes, radius, size) {
  const sums = (/** @type {ArrayLike<number>} */ plane) => boxSums(plane, size, 2 * radius + 1, nowhere);
  const counts = sums(guide.map(() => 1));
  const meanOf = (/** @type {ArrayLike<number>} */ plane) => sums(plane).map((total, i) => total / counts[i]);
  const mean = meanOf(guide);
  const square = meanOf(guide.map((value) => value * value));
  return planes.map((plane) => {
    const [own, both] = [meanOf(plane), meanOf(plane.map((value, i) => value * guide[i]))];
    const slope = floats(own, (value, i) => (both[i] - mean[i] * value) / (square[i] - mean[i] ** 2 + SMOOTHING));
    const offset = meanOf(floats(own, (value, i) => value - slope[i] * mean[i]));
    const flat = meanOf(slope);
    return floats(guide, (value, i) => flat[i] * value + offset[i]);
  });
}

/** Planes blurred; nothing outside the picture counts. @param {Float32Array[]} planes @param {number} sigma @param {Size} size */
function blurred(planes, sigma, size) {
  const counts = gaussian(planes[0].map(() => 1), size, sigma, nowhere);
  return planes.map((plane) => gaussian(plane, size, sigma, nowhere).map((sum, i) => sum / counts[i]));
}

/** The middle line of a scribble: the pixels that are no nearer to its border. @param {Float32Array} scribble @param {Size} size */
function middleLine(scribble, size) {
  const wide = wider(size, 1); // what lies beyond the picture is outside
  const depth = scribble.slice();
  let inside = view(scribble, size, wide, nowhere);
  for (let n = 0; n < THICKEST; n++) {
    inside = erode(inside, [wide.height, wide.width], square(3));
    view(inside, [wide.height, wide.width], { left: 1, top: 1, height: size[0], width: size[1] }).forEach((value, i) => (depth[i] += value));
  }
  const most = dilate(depth, size, square(3));
  return scribble.map((value, i) => (depth[i] >= most[i] ? value : 0));
}

/** The colours given, spread until they meet a scribble or an edge of the picture; what was painted fills the rest.
 * @param {Float32Array} guide @param {Float32Array[]} painted @param {Float32Array[]} color @param {Float32Array} mask
 * @param {Float32Array} scribble @param {{contrast: number, sigma: number}} fill @param {Size} size */
function spread(guide, painted, color, mask, scribble, { contrast, sigma }, [height, width]) {
  const wall = middleLine(scribble, [height, width]).map((value) => WALL * value);
  const way = (/** @type {number} */ step) =>
    floats(guide, (value, i) => {
      const n = (i + step) % guide.length; // the last row and column mean nothing
      return 1 + contrast * Math.abs(guide[n] - value) + Math.max(wall[i], wall[n]);
    });
  const planes = [...color.map((plane, c) => floats(plane, (value, i) => value + PRIOR * painted[c][i])), floats(mask, (value) => value + PRIOR)];
  const [down, right] = [way(width), way(1)];
  for (let n = 0; n < ROUNDS; n++) {
    const reach = (sigma * Math.sqrt(3) * 2 ** (ROUNDS - n - 1)) / Math.sqrt(4 ** ROUNDS - 1);
    const [keptRight, keptDown] = [right, down].map((steps) => steps.map((step) => Math.exp((-Math.SQRT2 / reach) * step)));
    for (const plane of planes) {
      mix(plane, keptRight, height, width, 1, width);
      mix(plane, keptDown, width, height, width, 1);
    }
  }
  const weight = planes[planes.length - 1];
  return color.map((_, c) => floats(planes[c], (value, i) => value / weight[i]));
}

/** Mix each pixel of a line into the next one, forth and back. @param {Float32Array} plane @param {Float32Array} kept
 * @param {number} lines @param {number} length @param {number} step @param {number} next from one line to the next */
function mix(plane, kept, lines, length, step, next) {
  for (let line = 0; line < lines; line++) {
    const start = line * next;
    for (let at = 1, i = start + step; at < length; at++, i += step) plane[i] += (plane[i - step] - plane[i]) * kept[i - step];
    for (let at = length - 2, i = start + at * step; at >= 0; at--, i -= step) plane[i] += (plane[i + step] - plane[i]) * kept[i];
  }
}
