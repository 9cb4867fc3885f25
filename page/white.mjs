// What of a comic page is no picture and stays white: the gutters between its panels, and balloons. As in
// colornb/page_layout.py.

import { creep } from "./areas.mjs";
import { balloons } from "./lettering.mjs";
import { components, measure } from "./morphology.mjs";
import { rimOf } from "./drawing.mjs";
import { borderOf, hullOf, polygonArea, smallestBox } from "./outline.mjs";
import { mask, scaled } from "./planes.mjs";
import { shrink } from "./resample.mjs";

/** @typedef {import("./planes.mjs").Size} Size */
/** @typedef {import("./areas.mjs").Areas} Areas */

const PIXELS = 2_000_000; // the page is looked at no larger
const INK = 0.75; // what is darker is ink
const PANEL = 0.01; // of the page: a smaller piece is no panel
const RECTANGLE = 0.85; // of the smallest rectangle around it is covered by a panel
const PANELS = 0.4; // of the page, at least, and ..
const MOST = 0.8; // .. of what is drawn on it: else the paper around is a background

/** @param {Float32Array} lines @param {Size} full @returns {Areas} 0 for what is to be painted */
export function findWhite(lines, full) {
  const size = scaled(full, Math.min(1, (PIXELS / lines.length) ** 0.5));
  const ink = mask(shrink(lines, full, size), (light) => light < INK);
  const paper = components(ink.map((dark) => 1 - dark), size);
  const found = new Float32Array(ink.length);
  [gutters(paper.labels, size), ...balloons(paper, size)].filter(Boolean).forEach((area, n) => area.forEach((inside, i) => inside && (found[i] = n + 1)));
  return { labels: Int32Array.from(creep(found, ink, 2, size)), size };
}

/** The paper that reaches the rim of the page, if what it leaves are panels. @param {Int32Array} labels @param {Size} size */
function gutters(labels, size) {
  const rim = new Set(rimOf(labels, size));
  rim.delete(0);
  const around = mask(labels, (label) => rim.has(label));
  const pieces = components(around.map((inside) => 1 - inside), size, true);
  const large = measure(pieces, size)
    .filter(({ area, n }) => n && area >= PANEL * labels.length)
    .map(({ top, n }) => borderOf(pieces.labels, n, size, top))
    .map((border) => ({ area: polygonArea(border), box: smallestBox(hullOf(border)) }))
    .filter(({ area }) => area >= PANEL * labels.length);
  const sum = (/** @type {{area: number}[]} */ parts) => parts.reduce((total, { area }) => total + area, 0);
  const panels = sum(large.filter(({ area, box }) => area >= RECTANGLE * box[0] * box[1]));
  return rim.size && panels >= PANELS * labels.length && panels >= MOST * sum(large) ? around : null;
}
