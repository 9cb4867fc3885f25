// What a person has decided about a picture, as immutable values; the store that keeps their history; and hint files.

/**
 * A patch of colour: a place in [0, 1], y down; "#rrggbb"; the side of the patch over the picture's shorter side.
 * @typedef {{readonly x: number, readonly y: number, readonly color: string, readonly size: number}} Point
 */
/**
 * All that is decided: the picture, the points on it, and which of them is chosen.
 * @typedef {{readonly picture: any, readonly points: readonly Point[], readonly chosen: number | null}} Work
 */
/** @typedef {{name: string, sha256: string}} Checkpoint */

const SIZE = 5 / 256; // of a point
const GRID = 9; // places a row that a new point may take when nobody says where
const DIGITS = 1e5; // of a coordinate

/** @param {number} value */
const inside = (value) => Math.min(1, Math.max(0, Math.round(value * DIGITS) / DIGITS));

/** @param {any} picture @param {readonly Point[]} [points] @returns {Work} */
export const begin = (picture, points = []) => ({ picture, points, chosen: null });

/** Put a point over all others, and choose it. @param {Work} work @param {{x: number, y: number, color: string}} point */
export function add(work, { x, y, color }) {
  const point = { x: inside(x), y: inside(y), color, size: SIZE };
  return { ...work, points: [...work.points, point], chosen: work.points.length };
}

/** Give the chosen point another place or colour. @param {Work} work @param {Partial<Point>} values @returns {Work} */
export function change(work, values) {
  const place = { ...("x" in values && { x: inside(values.x) }), ...("y" in values && { y: inside(values.y) }) };
  const points = work.points.map((point, n) => (n === work.chosen ? { ...point, ...values, ...place } : point));
  return { ...work, points };
}

/** Take the chosen point away, and choose none. @param {Work} work @returns {Work} */
export const remove = (work) => ({ ...work, points: work.points.filter((_, n) => n !== work.chosen), chosen: null });

/** @param {Work} work @param {number | null} chosen @returns {Work} */
export const choose = (work, chosen) => ({ ...work, chosen });

/** The place that is farthest from all points, of equal ones that nearest the middle. @param {Work} work */
export function freePlace({ points }) {
  const line = Array.from({ length: GRID }, (_, n) => (n + 0.5) / GRID);
  const places = line.flatMap((y) => line.map((x) => ({ x, y })));
  const room = (place) =>
    Math.min(1, ...points.map((point) => Math.hypot(place.x - point.x, place.y - point.y))) -
    0.01 * Math.hypot(place.x - 0.5, place.y - 0.5);
  return places.reduce((best, place) => (room(place) > room(best) + 1e-12 ? place : best));
}

/** Keeps the work and its history; whoever follows it is called after each change. */
export class Store {
  /** @type {Work[]} */ #before = [];
  /** @type {Work[]} */ #after = [];
  /** @type {((work: Work) => void)[]} */ #followers = [];

  /** @param {Work} work */
  constructor(work) {
    this.work = work;
  }

  get canUndo() {
    return this.#before.length > 0;
  }

  get canRedo() {
    return this.#after.length > 0;
  }

  /** @param {(work: Work) => void} follower */
  subscribe(follower) {
    this.#followers.push(follower);
  }

  /** Take new work over; which point is chosen makes no history. @param {Work} work */
  commit(work) {
    if (work.points !== this.work.points || work.picture !== this.work.picture) {
      this.#before.push(this.work);
      this.#after = [];
    }
    this.#show(work);
  }

  undo() {
    const work = this.#before.pop();
    if (!work) return;
    this.#after.push(this.work);
    this.#show(work);
  }

  redo() {
    const work = this.#after.pop();
    if (!work) return;
    this.#before.push(this.work);
    this.#show(work);
  }

  /** @param {Work} work */
  #show(work) {
    this.work = work;
    for (const follower of this.#followers) follower(work);
  }
}

/**
 * A session that pads, the Studio and `colorize --hints` read.
 * @param {Work} work @param {Checkpoint} checkpoint
 */
export function toJson({ points, chosen }, checkpoint) {
  const hints = points.map(({ x, y, color, size }) => ({ kind: "point", x, y, color, size }));
  return JSON.stringify({ colornb: 1, hints, chosen, checkpoint }, null, 1);
}

/**
 * The points of a hint file. Throws an Error, in one line, for anything else.
 * @param {string} text @returns {Point[]}
 */
export function fromJson(text) {
  let document;
  try {
    document = JSON.parse(text);
  } catch {
    document = null;
  }
  if (document?.colornb !== 1 || !Array.isArray(document.hints)) {
    throw new Error("This is no hint file: choose a .json that this page, a pad or the Studio has saved.");
  }
  return document.hints.map(readPoint);
}

/** @param {any} hint @param {number} number @returns {Point} */
function readPoint(hint, number) {
  const { kind, x, y, color, size = SIZE } = Object(hint);
  if (kind !== "point") throw new Error(`Hint ${number} is no point: this page paints points, open the file in the Studio.`);
  const isPlace = [x, y].every((at) => typeof at === "number" && at >= 0 && at <= 1);
  if (!isPlace || !/^#[0-9a-f]{6}$/i.test(color) || !(size > 0 && size <= 1)) {
    throw new Error(`Hint ${number} is broken: give x, y and size from 0 to 1, and the colour as #rrggbb.`);
  }
  return { x, y, color: color.toLowerCase(), size };
}
