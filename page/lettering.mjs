// Balloons and captions: areas of paper in which small marks stand in rows. As in colornb/page_layout.py, where each
// number is explained; a tail that a line parts from its balloon is not looked for.

import { distance } from "./distance.mjs";
import { components, groups, measure, open, square } from "./morphology.mjs";
import { borderOf, hullOf, polygonArea, smallestBox } from "./outline.mjs";
import { floats, largest, mask, nowhere, sum, view } from "./planes.mjs";
import { shrinkOrGrow } from "./resample.mjs";

/** @typedef {import("./planes.mjs").Size} Size */
/** @typedef {import("./planes.mjs").Box} Mark */
/** One of a few, number `n` of what is in an area. @typedef {Mark & {area: number, n: number, isTall: boolean, isDot: boolean}} Sign */

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
const spreadOf = (/** @type {number[]} */ values) => Math.max(...values) - Math.min(...values);

/** The hull of a piece. @param {Uint8Array | Int32Array} labels @param {number} label @param {Size} size */
const hullOfPiece = (labels, label, [, width]) =>
  hullOf([...labels.keys()].filter((i) => labels[i] === label).map((i) => [i % width, Math.floor(i / width)]));

/** Areas of paper with lettering, their letters included: a mask each.
 * @param {import("./morphology.mjs").Pieces} paper @param {Size} size @returns {Uint8Array[]} */
export function balloons(paper, size) {
  const [low, high] = BALLOON.map((share) => share * paper.labels.length);
  const highest = OF_PAGE * paper.labels.length ** 0.5;
  /** @type {Uint8Array[]} */ const found = [];
  for (const box of measure(paper, size).slice(1)) {
    if (box.area < low || box.area > high) continue;
    const area = areaOf(view(paper.labels, size, box), box.n, [box.height, box.width]);
    if (!area.isConvex || !(isLettering(area, highest) || (area.marks.length && isShortWord(area, highest)))) continue;
    found.push(view(area.whole, area.size, { left: -box.left, top: -box.top, height: size[0], width: size[1] }, nowhere));
  }
  return found;
}

/** One area of paper in its box, and what stands in it. @typedef {ReturnType<typeof areaOf>} Area */

/** @param {Int32Array} labels 0 for ink @param {number} label @param {Size} size */
function areaOf(labels, label, size) {
  const [inside, ink] = [label, 0].map((own) => mask(labels, (number) => number === own));
  const others = components(inside.map((is) => 1 - is), size);
  const boxes = measure(others, size);
  const isHole = boxes.map((box, n) => n > 0 && box.left > 0 && box.top > 0 && box.right < size[1] - 1 && box.bottom < size[0] - 1);
  const whole = mask(inside, (is, i) => is > 0 || isHole[others.labels[i]]);
  const marks = boxes.filter((_, n) => isHole[n]).map((box) => ({ left: box.left - 1, top: box.top - 1, width: box.width + 2, height: box.height + 2 }));
  const outline = borderOf(inside, 1, size, 0);
  return { inside, ink, size, whole, marks, isConvex: polygonArea(outline) >= CONVEX * polygonArea(hullOf(outline)) };
}

/** Whether marks are of one size, stand on lines, and fill the middle of their area. @param {Area} area @param {number} highest */
function isLettering({ marks: all, inside, size: [height, width] }, highest) {
  const marks = all.filter((mark) => mark.height >= LETTER);
  if (marks.length < LETTERS) return false;
  const size = median(marks.map((mark) => mark.height));
  const alike = marks.filter((mark) => mark.height >= 0.5 * size && mark.height <= 2 * size);
  if (size > Math.min(highest, OF_BALLOON * height) || alike.length < Math.max(LETTERS, IN_ROWS * marks.length)) return false;
  const room = { left: 0, top: 0, width, height };
  if (!isCentral(alike, room, CENTRE) || !isFilled(alike, room)) return false;
  if (Math.max(onLines(alike, true, size), onLines(alike, false, size)) < IN_ROWS) return false;
  const shapes = shapesOf(alike, inside, [height, width]);
  const widths = alike.map((mark) => mark.width);
  const mean = sum(widths) / widths.length;
  const deviation = Math.sqrt(sum(widths.map((value) => (value - mean) ** 2)) / widths.length);
  return (deviation >= VARIETY * mean || repeated(shapes) <= REPEATED) && mirrored(alike, shapes, size) < MIRRORED;
}

/** The box around all marks. @param {Mark[]} marks @returns {Mark} */
function boxOf(marks) {
  const [left, top] = [Math.min(...marks.map((mark) => mark.left)), Math.min(...marks.map((mark) => mark.top))];
  const width = Math.max(...marks.map((mark) => mark.left + mark.width)) - left;
  return { left, top, width, height: Math.max(...marks.map((mark) => mark.top + mark.height)) - top };
}

/** Whether marks lie in the middle of a room, but for a share of it. @param {Mark[]} marks @param {Mark} room @param {number} share */
function isCentral(marks, room, share) {
  const box = boxOf(marks);
  const isNear = (/** @type {"left" | "top"} */ start, /** @type {"width" | "height"} */ side) =>
    Math.abs(2 * box[start] + box[side] - 2 * room[start] - room[side]) <= 2 * share * room[side];
  return isNear("left", "width") && isNear("top", "height");
}

/** @param {Mark[]} marks @param {Mark} room */
function isFilled(marks, room) {
  const { width, height } = boxOf(marks);
  return width * height >= FILLED * room.width * room.height;
}

/** The ink of each mark on a small square. @param {Mark[]} marks @param {Uint8Array} inside @param {Size} size */
const shapesOf = (marks, inside, size) =>
  marks.map((mark) => shrinkOrGrow(floats(view(inside, size, mark), (is) => 1 - is), [mark.height, mark.width], [SHAPE, SHAPE]));

/** The share of marks in lines of three or more, each beside the next in a row, or in a column.
 * @param {Mark[]} marks @param {boolean} isRow @param {number} size */
function onLines(marks, isRow, size) {
  const spans = marks.map(({ left, top, width, height }) => (isRow ? [left, left + width, top, top + height] : [top, top + height, left, left + width]));
  /** @type {[number, number][]} */ const beside = [];
  spans.forEach(([start, end, low, high], i) =>
    spans.forEach((other, j) => {
      const gap = Math.max(start - other[1], other[0] - end);
      const apart = Math.min(Math.abs(low - other[2]), Math.abs(high - other[3]));
      if (gap < GAP * size && gap > -0.3 * size && apart <= Math.max(1, ON_LINE * size)) beside.push([i, j]);
    }),
  );
  const line = groups(beside, marks.length);
  return line.filter((own) => line.filter((other) => other === own).length >= LETTERS).length / marks.length;
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
  const { left, width } = boxOf(marks);
  const near = (/** @type {number} */ a, /** @type {number} */ b) => Math.abs(a - b) <= ON_LINE * size;
  const isTwin = (/** @type {Mark} */ a, /** @type {number} */ i, /** @type {Mark} */ b, /** @type {number} */ j) =>
    near(2 * left + width, a.left + a.width + b.left) && near(a.width, b.width) && near(a.height, b.height) && near(a.top, b.top) && differ(shapes[i], shapes[j], true) <= TWIN;
  return marks.filter((a, i) => marks.some((b, j) => isTwin(a, i, b, j))).length / marks.length;
}

/** Whether all that is in an area is one row of a few letters and signs in its middle, or of dots. @param {Area} area @param {number} highest */
function isShortWord({ whole, inside, ink, size }, highest) {
  const pieces = components(mask(whole, (is, i) => is > 0 && !inside[i] && ink[i] > 0), size, true);
  if (pieces.count < 2 || pieces.count > SIGNS + 1) return false;
  const body = open(whole, size, square(Math.floor(Math.min(...size) / 3) + 1));
  const room = measure({ labels: Int32Array.from(body), count: 2 }, size)[1];
  if (!room.area || room.area < SMOOTH * polygonArea(hullOfPiece(body, 1, size))) return false;
  const signs = signsOf(measure(pieces, size));
  if (!isCentral(signs, room, MIDDLE)) return false;
  const high = Math.max(...signs.map((sign) => sign.height));
  if (high <= SPREAD * room.height && isEllipsis(signs)) return true;
  return high <= Math.min(highest, OF_BALLOON * room.height) && isRow(signs, room, high) && isWritten(signs, pieces, size, high);
}

/** From the left. @param {ReturnType<typeof measure>} pieces @returns {Sign[]} */
function signsOf([, ...pieces]) {
  const high = Math.max(...pieces.map((piece) => piece.height));
  const signs = pieces.map((piece) => {
    const isTall = piece.height >= 0.5 * high;
    return { ...piece, isTall, isDot: !isTall && Math.max(piece.width, piece.height) <= DOT * high };
  });
  return signs.sort((a, b) => a.left - b.left);
}

/** Whether a dot stands below a tall sign, as in an exclamation mark. @param {Sign} sign @param {Sign[]} signs @param {number} high */
function isDotted(sign, signs, high) {
  const bottom = sign.top + sign.height;
  const isBelow = (/** @type {Sign} */ dot) => dot.top >= bottom - 1 && dot.top - bottom <= DOT * high;
  const isUnder = (/** @type {Sign} */ dot) => dot.left + dot.width > sign.left - 1 && dot.left < sign.left + sign.width + 1;
  return sign.isTall && signs.some((dot) => dot.isDot && isBelow(dot) && isUnder(dot));
}

/** @param {Sign[]} signs from the left @param {Mark} room @param {number} high */
function isRow(signs, room, high) {
  const { height } = boxOf(signs);
  const isClose = signs.every((sign, n) => !n || sign.left - Math.max(...signs.slice(0, n).map((other) => other.left + other.width)) <= GAP * high);
  const isLevel = spreadOf(signs.filter((sign) => sign.isTall).map((sign) => sign.top + sign.height)) <= DOT * high;
  const isReadable = height >= READABLE && height <= 1.6 * high;
  return isReadable && isClose && isLevel && (isFilled(signs, room) || signs.some((sign) => isDotted(sign, signs, high)));
}

/** Whether pieces are strokes of a pen, and no pattern. @param {Sign[]} signs @param {import("./morphology.mjs").Pieces} pieces @param {Size} size @param {number} high */
function isWritten(signs, pieces, size, high) {
  const tall = signs.filter((sign) => sign.isTall);
  const ink = mask(pieces.labels, (label) => label > 0);
  const strokes = tall.filter((sign) => !isDotted(sign, signs, high));
  const straight = strokes.filter(({ n }) => {
    const [short, long] = smallestBox(hullOfPiece(pieces.labels, n, size)).sort((a, b) => a - b);
    return long + 1 >= STRAIGHT * (short + 1);
  });
  const shapes = shapesOf(tall, ink.map((is) => 1 - is), size);
  const isPattern = mirrored(tall, shapes, high) >= MIRRORED && (tall.length === 2 || repeated(shapes) === 1);
  const isAlone = strokes.length === tall.length && signs.filter((sign) => sign.isDot).length < 2 && (tall.length < 2 || isPattern);
  return largest(distance(ink, size)) <= STROKE * high + 1 && 2 * straight.length <= tall.length && !isAlone && !isNested(signs);
}

/** Whether a piece of ink lies within the box of another, as a pupil in its eye. @param {Mark[]} marks */
const isNested = (marks) =>
  marks.some((a) => marks.some((b) => a !== b && a.left >= b.left && a.top >= b.top && a.left + a.width <= b.left + b.width && a.top + a.height <= b.top + b.height));

/** Whether pieces, from the left, are equal dots in a row, evenly apart. @param {Sign[]} signs */
function isEllipsis(signs) {
  const size = Math.max(...signs.map((sign) => sign.height));
  const pitch = signs.slice(1).map((sign, n) => sign.left + sign.width / 2 - signs[n].left - signs[n].width / 2);
  if (signs.length < LETTERS || Math.max(...pitch) > 4 * size || signs.some((sign) => sign.area < 0.6 * sign.width * sign.height)) return false;
  const sides = signs.map((sign) => Math.max(sign.width, sign.height));
  const skew = Math.max(...signs.map((sign) => Math.abs(sign.width - sign.height)));
  return Math.max(spreadOf(pitch), spreadOf(signs.map((sign) => sign.top + sign.height / 2)), spreadOf(sides), skew) <= Math.max(1, SPREAD * size) + 1;
}
