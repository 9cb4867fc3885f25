// Points of colour as a network takes them, and the frame it sees around a picture: colornb/hints.py and colorizer.py.

import { encodeColor } from "./color.mjs";
import { nowhere, view } from "./planes.mjs";

/** @typedef {import("./session.mjs").Point} Point */
/** @typedef {import("./planes.mjs").Size} Size */
/**
 * How a network sees a picture: mirrored at its edges to a multiple of what it halves, with the picture inside.
 * @typedef {{inner: Size, size: Size, margin: number}} Frame
 */

const MAX_ASPECT = 4;
const SEEN = 2 ** 18;
const MARGIN = 1 / 16; // of the shorter side: a point that is nearer to the border lies beside it

/** Python's: a half goes to the even number. @param {number} x */
export function round(x) {
  const whole = Math.round(x);
  return Math.abs(x % 1) === 0.5 && whole % 2 ? whole - 1 : whole;
}

/**
 * Height and width that a network sees of a picture, whose shorter side shall be `side`.
 * @param {Size} full @param {number} side @returns {Size}
 */
export function workingSize([height, width], side) {
  const most = Math.max(MAX_ASPECT * side ** 2, SEEN);
  const scale = Math.min(side / Math.min(height, width), (most / (height * width)) ** 0.5);
  return [Math.max(1, round(height * scale)), Math.max(1, round(width * scale))];
}

/**
 * The frame for these points: with a margin where one lies beside the border, as it would count for less there.
 * @param {readonly Point[]} points @param {Size} inner @param {number} multiple @returns {Frame}
 */
export function frameFor(points, inner, multiple) {
  const [height, width] = inner;
  const wide = round(MARGIN * Math.min(height, width));
  const beside = points.some((p) => Math.min(p.x * width, (1 - p.x) * width, p.y * height, (1 - p.y) * height) < wide);
  const margin = beside ? wide : 0;
  const size = inner.map((side) => multiple * Math.ceil((side + 2 * margin) / multiple));
  return { inner, size: [size[0], size[1]], margin };
}

/** A plane as large as the frame, mirrored at its edges, or with nothing around it.
 * @param {Float32Array} plane @param {Frame} frame @param {(at: number, length: number) => number} [beyond] */
export const mirrorPad = (plane, { inner, size: [height, width], margin }, beyond) => view(plane, inner, { left: -margin, top: -margin, height, width }, beyond);
/** @param {Float32Array} plane @param {Frame} frame */
export const zeroPad = (plane, frame) => mirrorPad(plane, frame, nowhere);

/** What was given, in the frame: where there is a margin, it is mirrored there, too. @param {Float32Array} plane @param {Frame} frame */
export const pad = (plane, frame) => (frame.margin ? mirrorPad : zeroPad)(plane, frame);

/** The part of a plane that is the picture. @param {Float32Array} plane @param {Frame} frame */
export const crop = (plane, { inner: [height, width], size, margin }) => view(plane, size, { left: margin, top: margin, height, width });

/** Where a patch begins: at the border it is moved inside. @param {number} at @param {number} full @param {number} side */
const beginning = (at, full, side) => Math.max(0, Math.min(full - side, Math.min(full - 1, Math.floor(at * full)) - ((side - 1) >> 1)));

/** Lay a value over the square of a point. @param {Float32Array | Uint8Array} plane @param {Size} size @param {Point} point @param {number} value */
export function fillSquare(plane, [height, width], { x, y, size: share }, value) {
  const side = Math.max(1, round(share * Math.min(height, width)));
  const [left, top] = [beginning(x, width, side), beginning(y, height, side)];
  for (let row = top; row < top + side; row++) plane.fill(value, row * width + left, row * width + left + side);
}

/**
 * Dense hints: a and b over 110 of the colours given, and a mask, 1 where one is; later points cover earlier ones.
 * @param {readonly Point[]} points @param {Frame} frame
 * @returns {{color: Float32Array[], mask: Float32Array}}
 */
export function hintMaps(points, frame) {
  const maps = [0, 1, 2].map(() => new Float32Array(frame.inner[0] * frame.inner[1]));
  for (const point of points) {
    const values = [...encodeColor(point.color), 1];
    maps.forEach((map, n) => fillSquare(map, frame.inner, point, values[n]));
  }
  const [a, b, mask] = maps.map((map) => pad(map, frame));
  return { color: [a, b], mask };
}
