// Scribbles as a mask, and what filters make of a picture for them: `hints.rasterize_scribbles`, `filters` and
// `methods/_filter_context` of Python.

import { dilate, erode, floats, square } from "./morphology.mjs";
import { round } from "./maps.mjs";

/** @typedef {import("./maps.mjs").Size} Size */

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
  const minus = (/** @type {Float32Array} */ one, /** @type {Float32Array} */ other) => floats(one, (value, i) => CONTRAST * (value - other[i]));
  const sharper = RADII.flatMap((radius) => guided(condition, painted, radius, size).map((plane, c) => minus(plane, painted[c])));
  const stronger = SIGMAS.flatMap((sigma) => painted.map((plane) => minus(plane, blurred(plane, sigma, size))));
  const filled = FILLS.flatMap((fill) => spread(condition, painted, color, mask, scribble, fill, size).map((plane, c) => minus(plane, painted[c])));
  return [condition, ...painted, ...color, mask, ...sharper, ...stronger, ...filled];
}

/** The mean of the square around each pixel; nothing outside the picture counts. @param {Float32Array} plane @param {number} radius @param {Size} size */
function boxMean(plane, radius, [height, width]) {
  const along = (/** @type {ArrayLike<number>} */ source, /** @type {number} */ lines, /** @type {number} */ length, /** @type {number} */ step, /** @type {number} */ next) => {
    const found = new Float64Array(source.length);
    for (let line = 0; line < lines; line++) {
      let [sum, count] = [0, 0];
      for (let at = -radius; at < length; at++) {
        if (at + radius < length) [sum, count] = [sum + source[line * next + (at + radius) * step], count + 1];
        if (at - radius > 0) [sum, count] = [sum - source[line * next + (at - radius - 1) * step], count - 1];
        if (at >= 0) found[line * next + at * step] = sum / count;
      }
    }
    return found;
  };
  return along(along(plane, height, width, 1, width), width, height, width, 1);
}

/** Planes whose edges lie where those of the guide do (He et al. 2013). @param {Float32Array} guide @param {Float32Array[]} planes
 * @param {number} radius @param {Size} size */
function guided(guide, planes, radius, size) {
  const mean = boxMean(guide, radius, size);
  const square = boxMean(guide.map((value) => value * value), radius, size);
  return planes.map((plane) => {
    const [own, both] = [boxMean(plane, radius, size), boxMean(plane.map((value, i) => value * guide[i]), radius, size)];
    const slope = floats(own, (value, i) => (both[i] - mean[i] * value) / (square[i] - mean[i] ** 2 + SMOOTHING));
    const offset = boxMean(floats(own, (value, i) => value - slope[i] * mean[i]), radius, size);
    const flat = boxMean(slope, radius, size);
    return floats(guide, (value, i) => flat[i] * value + offset[i]);
  });
}

/** A Gaussian cut at four times `sigma`; nothing outside the picture counts. @param {Float32Array} plane @param {number} sigma @param {Size} size */
function blurred(plane, sigma, [height, width]) {
  const reach = Math.trunc(4 * sigma + 0.5);
  const kernel = Array.from({ length: reach + 1 }, (_, step) => Math.exp(-0.5 * (step / sigma) ** 2));
  const along = (/** @type {Float32Array} */ source, /** @type {number} */ length, /** @type {number} */ step) =>
    floats(source, (_, i) => {
      const at = Math.floor(i / step) % length;
      let [sum, total] = [0, 0];
      for (let d = -Math.min(reach, at); d <= Math.min(reach, length - 1 - at); d++) {
        const weight = kernel[Math.abs(d)];
        sum += weight * source[i + d * step];
        total += weight;
      }
      return sum / total;
    });
  return along(along(plane, width, 1), height, width);
}

/** The middle line of a scribble: the pixels that are no nearer to its border. @param {Float32Array} scribble @param {Size} size */
function middleLine(scribble, size) {
  const [height, width] = size;
  let [depth, inside] = [scribble.slice(), scribble];
  for (let n = 0; n < THICKEST; n++) {
    inside = erode(inside, size, square(3)).map((value, i) => {
      const x = i % width;
      const isRim = x === 0 || x === width - 1 || i < width || i >= (height - 1) * width;
      return isRim ? 0 : value; // what lies beyond the picture is outside
    });
    depth = depth.map((value, i) => value + inside[i]);
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
