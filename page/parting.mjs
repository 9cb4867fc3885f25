// Areas parted where several colours are given in one: at its narrowest necks, or halfway if it has none. As in
// colornb/areas.py.

import { INK, SEEN, gapOf } from "./areas.mjs";
import { basins, borders, joinWide, peaksOf, watershed } from "./basins.mjs";
import { distance } from "./distance.mjs";
import { erode, groups, measure, square } from "./morphology.mjs";
import { largest, mask, pick, range, view } from "./planes.mjs";

/** @typedef {import("./planes.mjs").Size} Size */
/** @typedef {import("./areas.mjs").Areas} Areas */

const OPEN = Math.fround(0.9); // of the narrower one's width: a wider neck between what is nearest to two colours is none

/**
 * @param {Areas} areas @param {Float32Array} lines 1 for paper
 * @param {Map<number, string>} colors at the pixels where they are given
 * @returns {Int32Array} parts have new numbers
 */
export function partAreas({ labels, size }, lines, colors) {
  /** @type {Map<number, Map<string, number[]>>} */ const found = new Map();
  for (const [place, color] of colors) {
    const own = found.get(labels[place]) ?? new Map();
    found.set(labels[place], own.set(color, [...(own.get(color) ?? []), place]));
  }
  let parted = labels;
  for (const [area, places] of found) if (places.size > 1) parted = part(parted, size, lines, area, [...places.values()]);
  return parted;
}

/** @param {Int32Array} labels @param {Size} size @param {Float32Array} lines @param {number} area @param {number[][]} places */
function part(labels, size, lines, area, places) {
  const box = measure({ labels, count: largest(labels) + 1 }, size)[area];
  const { top, left, height, width } = box;
  const [inside, light] = [view(labels, size, box), view(lines, size, box)];
  const paper = mask(inside, (label, i) => label === area && light[i] >= INK);
  const own = places.map((group) => group.map((place) => [Math.floor(place / size[1]) - top, (place % size[1]) - left]));
  const parts = cutBetween(paper, [height, width], own, gapOf(size));
  const [parted, most] = [labels.slice(), largest(labels)];
  inside.forEach((label, i) => {
    if (label === area) parted[(top + Math.floor(i / width)) * size[1] + left + (i % width)] = parts[i] + most;
  });
  return parted;
}

/** A page cut between groups of places: the number of the group, from 1. @param {Uint8Array} paper @param {Size} size
 * @param {number[][][]} places rows and columns @param {number} gap a neck no wider is a gap in a line, however narrow what it joins */
function cutBetween(paper, [height, width], places, gap) {
  const step = Math.max(1, Math.ceil((paper.length / SEEN) ** 0.5));
  /** @type {Size} */ const size = [Math.ceil(height / step), Math.ceil(width / step)];
  const far = erode(distance(paper, [height, width]), [height, width], square(step, 0));
  const [rows, columns] = size.map((side) => range(0, side - 1).map((n) => n * step));
  const depth = pick(far, width, rows, columns);
  const markers = new Int32Array(depth.length);
  places.forEach((group, n) => group.forEach(([y, x]) => (markers[Math.floor(y / step) * size[1] + Math.floor(x / step)] = n + 1)));
  const parts = halveOpen(watershed((i) => -depth[i], fillRooms(markers, depth, gap, size), size), depth, markers, gap, size);
  const [low, across] = [height, width].map((side) => range(0, side - 1).map((at) => Math.floor(at / step)));
  return pick(parts, size[1], low, across);
}

/** Markers, each as large as the room behind necks that it lies in, if it is alone there.
 * @param {Int32Array} markers @param {Float32Array} depth @param {number} gap @param {Size} size */
function fillRooms(markers, depth, gap, size) {
  const widest = largest(depth);
  const rooms = joinWide(basins(depth, widest, size), depth, size, widest, gap);
  const owner = new Int32Array(largest(rooms) + 1); // -1 where there are several
  markers.forEach((marker, i) => {
    if (marker && rooms[i]) owner[rooms[i]] = owner[rooms[i]] && owner[rooms[i]] !== marker ? -1 : marker;
  });
  return markers.map((marker, i) => marker || Math.max(0, owner[rooms[i]]));
}

/** Parts; where no neck lies between some, each place of theirs goes to the nearest marker instead.
 * @param {Int32Array} parts @param {Float32Array} depth @param {Int32Array} markers @param {number} gap @param {Size} size */
function halveOpen(parts, depth, markers, gap, size) {
  const paper = parts.map((number, i) => (depth[i] > 0 ? number : 0));
  const peaks = peaksOf(paper, depth);
  const open = borders(paper, depth, size).filter(
    ({ one, other, height }) => Math.fround(height + 2) >= Math.fround(OPEN * Math.min(peaks[one], peaks[other])) && height > Math.fround(gap),
  );
  const joined = groups(open.map(({ one, other }) => [one, other]), largest(parts) + 1);
  const whole = parts.map((number) => joined[number]);
  let halved = parts;
  for (const number of new Set(whole.filter((_, i) => markers[i] > 0))) {
    const inside = mask(whole, (own) => own === number);
    const own = watershed((i) => Number(depth[i] === 0), markers, size, inside);
    halved = halved.map((label, i) => (inside[i] ? own[i] : label));
  }
  return halved;
}
