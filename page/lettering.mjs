// Balloons and captions: areas of paper in which small marks stand in rows. As in colornb/page_layout.py, where each
// number is explained; a tail that a line parts from its balloon is not looked for.

import { distance } from "./distance.mjs";
import { components, groups, measure, open, square } from "./morphology.mjs";
import { borderOf, hullOf, polygonArea, smallestBox } from "./outline.mjs";
import { floats, largest, mask, nowhere, smallest, sum, view } from "./planes.mjs";
import { shrinkOrGrow } from "./resample.mjs";

/** @typedef {import("./planes.mjs").Size} Size */
/** @typedef {{x: number, y: number, width: number, height: number}} Mark */

const BALLOON = [0.0005, 0.25];
const CONVEX = 0.8;
const LETTERS = 3;
const LETTER = 5;
const [OF_BALLOON, OF_PAGE] = [0.7, 0.07];
const IN_ROWS = 0.75;
const ON_LINE = 0.2;
const GAP = 0.6;
const VARIETY = 0.12;
const REPEATED = 0.5;
const SAME = 0.1;
const MIRRORED = 0.8;
const TWIN = 0.2;
const [CENTRE, FILLED] = [0.2, 0.03];
const READABLE = 8;
const MIDDLE = 0.12;
const SMOOTH = 0.95;
const SIGNS = 10;
const STROKE = 0.2;
const STRAIGHT = 2.5;
const DOT = 0.35;
const SPREAD = 0.3;
const SHAPE = 8; // pixels a side: forms of marks are compared at this size

const median = (/** @type {number[]} */ values) => {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
};
const spreadOf = (/** @type {number[]} */ values) => largest(values, -Infinity) - smallest(values);

/** Where a piece is, x and y. @param {Uint8Array | Int32Array} labels @param {number} label @param {Size} size */
const placesOf = (labels, label, [, width]) =>
  [...labels.keys()].filter((i) => labels[i] === label).map((i) => /** @type {[number, number]} */ ([i % width, Math.floor(i / width)]));

/** Areas of paper with lettering, their letters included: a mask each.
 * @param {import("./morphology.mjs").Pieces} paper @param {Size} size @returns {Uint8Array[]} */
export function balloons(paper, size) {
  const [low, high] = BALLOON.map((share) => share * paper.labels.length);
  const highest = OF_PAGE * paper.labels.length ** 0.5;
  /** @type {Uint8Array[]} */ const found = [];
  measure(paper, size).forEach((box, n) => {
    if (!n || box.area < low || box.area > high) return;
    const labels = view(paper.labels, size, box);
    const area = new Area(mask(labels, (label) => label === n), mask(labels, (label) => label === 0), [box.height, box.width]);
    if (!area.isConvex || !(isLettering(area, highest) || (area.marks.length && isShortWord(area, highest)))) return;
    found.push(view(area.whole, [box.height, box.width], { left: -box.left, top: -box.top, height: size[0], width: size[1] }, nowhere));
  });
  return found;
}

/** One area of paper in its box, and what stands in it. */
class Area {
  /** @param {Uint8Array} inside @param {Uint8Array} ink @param {Size} size */
  constructor(inside, ink, size) {
    [this.inside, this.ink, this.size] = [inside, ink, size];
    const [height, width] = size;
    const others = components(inside.map((is) => 1 - is), size);
    const boxes = measure(others, size);
    const isHole = boxes.map((box, n) => n > 0 && box.left > 0 && box.top > 0 && box.right < width - 1 && box.bottom < height - 1);
    this.whole = mask(inside, (is, i) => is > 0 || isHole[others.labels[i]]);
    /** @type {Mark[]} */
    this.marks = boxes.filter((_, n) => isHole[n]).map((box) => ({ x: box.left - 1, y: box.top - 1, width: box.width + 2, height: box.height + 2 }));
    this.outline = borderOf(inside, 1, size, 0);
    this.isConvex = polygonArea(this.outline) >= CONVEX * polygonArea(hullOf(this.outline));
  }
}

/** Whether marks are of one size, stand on lines, and fill the middle of their area. @param {Area} area @param {number} highest */
function isLettering({ marks: all, inside, size: full }, highest) {
  const [height, width] = full;
  const marks = all.filter((mark) => mark.height >= LETTER);
  if (marks.length < LETTERS) return false;
  const size = median(marks.map((mark) => mark.height));
  const alike = marks.filter((mark) => mark.height >= 0.5 * size && mark.height <= 2 * size);
  if (size > Math.min(highest, OF_BALLOON * height) || alike.length < Math.max(LETTERS, IN_ROWS * marks.length)) return false;
  const spans = [spanOf(alike, "x", "width"), spanOf(alike, "y", "height")];
  const isCentral = spans.every(([first, last], axis) => Math.abs(first + last - [width, height][axis]) <= 2 * CENTRE * [width, height][axis]);
  const isFilled = (spans[0][1] - spans[0][0]) * (spans[1][1] - spans[1][0]) >= FILLED * width * height;
  if (!isCentral || !isFilled || Math.max(onLines(alike, true, size), onLines(alike, false, size)) < IN_ROWS) return false;
  const shapes = shapesOf(alike, inside, full);
  const widths = alike.map((mark) => mark.width);
  const mean = sum(widths) / widths.length;
  const deviation = Math.sqrt(sum(widths.map((value) => (value - mean) ** 2)) / widths.length);
  return (deviation >= VARIETY * mean || repeated(shapes) <= REPEATED) && mirrored(alike, shapes, size) < MIRRORED;
}

/** @param {Mark[]} marks @param {"x" | "y"} start @param {"width" | "height"} side */
const spanOf = (marks, start, side) => [Math.min(...marks.map((mark) => mark[start])), Math.max(...marks.map((mark) => mark[start] + mark[side]))];

/** The ink of each mark on a small square. @param {Mark[]} marks @param {Uint8Array} inside @param {Size} size */
const shapesOf = (marks, inside, size) =>
  marks.map(({ x, y, width, height }) => {
    const own = floats(view(inside, size, { left: x, top: y, width, height }), (is) => 1 - is);
    return shrinkOrGrow(own, [height, width], [SHAPE, SHAPE]);
  });

/** The share of marks in lines of three or more, each beside the next in a row, or in a column.
 * @param {Mark[]} marks @param {boolean} isRow @param {number} size */
function onLines(marks, isRow, size) {
  const spans = marks.map((m) => (isRow ? [m.x, m.x + m.width, m.y, m.y + m.height] : [m.y, m.y + m.height, m.x, m.x + m.width]));
  /** @type {[number, number][]} */ const beside = [];
  spans.forEach(([start, end, low, high], i) =>
    spans.forEach((other, j) => {
      const gap = Math.max(start - other[1], other[0] - end);
      const apart = Math.min(Math.abs(low - other[2]), Math.abs(high - other[3]));
      if (gap < GAP * size && gap > -0.3 * size && apart <= Math.max(1, ON_LINE * size)) beside.push([i, j]);
    }),
  );
  const line = groups(beside, marks.length);
  return sum(line.map((own) => Number(line.filter((other) => other === own).length >= LETTERS))) / marks.length;
}

/** How much two forms differ; the second one may be turned to its mirror image. */
const differ = (/** @type {Float32Array} */ a, /** @type {Float32Array} */ b, isTurned = false) =>
  sum(a.map((value, i) => Math.abs(value - b[isTurned ? i - (i % SHAPE) + SHAPE - 1 - (i % SHAPE) : i]))) / a.length;

/** The share of marks that have another of their form. @param {Float32Array[]} shapes */
const repeated = (shapes) =>
  shapes.filter((shape) => Math.min(...shapes.map((other) => (other === shape ? 1 : differ(shape, other)))) <= SAME).length / shapes.length;

/** The share of marks of which the mirror image stands at the same place left or right of the middle.
 * @param {Mark[]} marks @param {Float32Array[]} shapes @param {number} size */
function mirrored(marks, shapes, size) {
  const [first, last] = spanOf(marks, "x", "width");
  const near = (/** @type {number} */ a, /** @type {number} */ b) => Math.abs(a - b) <= ON_LINE * size;
  const isTwin = (/** @type {Mark} */ a, /** @type {number} */ i, /** @type {Mark} */ b, /** @type {number} */ j) =>
    near(first + last, a.x + a.width + b.x) && near(a.width, b.width) && near(a.height, b.height) && near(a.y, b.y) && differ(shapes[i], shapes[j], true) <= TWIN;
  return marks.filter((a, i) => marks.some((b, j) => isTwin(a, i, b, j))).length / marks.length;
}

/** Whether all that is in an area is one row of a few letters and signs in its middle, or of dots. @param {Area} area @param {number} highest */
function isShortWord({ whole, inside, ink, size }, highest) {
  const pieces = components(mask(whole, (is, i) => is > 0 && !inside[i] && ink[i] > 0), size, true);
  const body = open(whole, size, square(Math.floor(Math.min(...size) / 3) + 1));
  const places = placesOf(body, 1, size);
  if (pieces.count < 2 || pieces.count > SIGNS + 1 || !places.length || places.length < SMOOTH * polygonArea(hullOf(places))) return false;
  const marks = measure(pieces, size)
    .map((piece, n) => ({ x: piece.left, y: piece.top, width: piece.width, height: piece.height, area: piece.area, n }))
    .slice(1)
    .sort((a, b) => a.x - b.x);
  const box = [spreadOf(places.map(([x]) => x)) + 1, spreadOf(places.map(([, y]) => y)) + 1];
  const start = [smallest(places.map(([x]) => x)), smallest(places.map(([, y]) => y))];
  const spans = [spanOf(marks, "x", "width"), spanOf(marks, "y", "height")];
  if (spans.some(([first, last], axis) => Math.abs(first + last - 2 * start[axis] - box[axis]) > 2 * MIDDLE * box[axis])) return false;
  const high = Math.max(...marks.map((mark) => mark.height));
  if (high <= SPREAD * box[1] && isEllipsis(marks)) return true;
  return isRowOfSigns(marks, spans, box, high, highest) && isWritten(marks, pieces, size, high);
}

/** @typedef {Mark & {area: number, n: number}} Piece */

const isTallOf = (/** @type {Piece} */ mark, /** @type {number} */ high) => mark.height >= 0.5 * high;
const isDotOf = (/** @type {Piece} */ mark, /** @type {number} */ high) => !isTallOf(mark, high) && Math.max(mark.width, mark.height) <= DOT * high;

/** Whether a dot stands below a tall sign, as in an exclamation mark. @param {Piece} sign @param {Piece[]} marks @param {number} high */
function isDotted(sign, marks, high) {
  const bottom = sign.y + sign.height;
  const isBelow = (/** @type {Piece} */ dot) => dot.y >= bottom - 1 && dot.y - bottom <= DOT * high;
  const isUnder = (/** @type {Piece} */ dot) => dot.x + dot.width > sign.x - 1 && dot.x < sign.x + sign.width + 1;
  return isTallOf(sign, high) && marks.some((dot) => isDotOf(dot, high) && isBelow(dot) && isUnder(dot));
}

/** @param {Piece[]} marks from the left @param {number[][]} spans @param {number[]} box @param {number} high @param {number} highest */
function isRowOfSigns(marks, spans, box, high, highest) {
  const tall = marks.filter((mark) => isTallOf(mark, high));
  let reached = -Infinity;
  const isClose = marks.every((mark, n) => {
    const gap = mark.x - reached;
    reached = Math.max(reached, mark.x + mark.width);
    return !n || gap <= GAP * high;
  });
  const tallness = spans[1][1] - spans[1][0];
  const isRow = tallness >= READABLE && tallness <= 1.6 * high && high <= Math.min(highest, OF_BALLOON * box[1]);
  const isLevel = spreadOf(tall.map((mark) => mark.y + mark.height)) <= DOT * high;
  const isFilled = (spans[0][1] - spans[0][0]) * tallness >= FILLED * box[0] * box[1];
  return isRow && isClose && isLevel && (isFilled || tall.some((mark) => isDotted(mark, marks, high)));
}

/** Whether pieces are strokes of a pen, and no pattern. @param {Piece[]} marks @param {import("./morphology.mjs").Pieces} pieces @param {Size} size @param {number} high */
function isWritten(marks, pieces, size, high) {
  const tall = marks.filter((mark) => isTallOf(mark, high));
  const ink = mask(pieces.labels, (label) => label > 0);
  const depth = largest(distance(ink, size));
  const strokes = tall.filter((mark) => !isDotted(mark, marks, high));
  const straight = strokes.filter(({ n }) => {
    const [short, long] = smallestBox(hullOf(placesOf(pieces.labels, n, size))).sort((a, b) => a - b);
    return long + 1 >= STRAIGHT * (short + 1);
  });
  const shapes = shapesOf(tall, ink.map((is) => 1 - is), size);
  const isPattern = mirrored(tall, shapes, high) >= MIRRORED && (tall.length === 2 || repeated(shapes) === 1);
  const isDottedAtAll = tall.some((mark) => isDotted(mark, marks, high));
  const isAlone = !isDottedAtAll && marks.filter((mark) => isDotOf(mark, high)).length < 2 && (tall.length < 2 || isPattern);
  return depth <= STROKE * high + 1 && 2 * straight.length <= tall.length && !isAlone && !isNested(marks);
}

/** Whether a piece of ink lies within the box of another, as a pupil in its eye. @param {Mark[]} marks */
const isNested = (marks) =>
  marks.some((a) => marks.some((b) => a !== b && a.x >= b.x && a.y >= b.y && a.x + a.width <= b.x + b.width && a.y + a.height <= b.y + b.height));

/** Whether pieces, from the left, are equal dots in a row, evenly apart. @param {Piece[]} marks */
function isEllipsis(marks) {
  const size = Math.max(...marks.map((mark) => mark.height));
  const pitch = marks.slice(1).map((mark, n) => mark.x + mark.width / 2 - marks[n].x - marks[n].width / 2);
  if (marks.length < LETTERS || Math.max(...pitch) > 4 * size || marks.some((m) => m.area < 0.6 * m.width * m.height)) return false;
  const sides = marks.map((mark) => Math.max(mark.width, mark.height));
  const skew = Math.max(...marks.map((mark) => Math.abs(mark.width - mark.height)));
  return Math.max(spreadOf(pitch), spreadOf(marks.map((mark) => mark.y + mark.height / 2)), spreadOf(sides), skew) <= Math.max(1, SPREAD * size) + 1;
}
