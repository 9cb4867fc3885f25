// What a person has decided about a picture, as immutable values; the store that keeps their history; and hint files.

/**
 * A patch of colour: a place in [0, 1], y down; "#rrggbb"; the side of the patch over the picture's shorter side.
 * @typedef {{readonly x: number, readonly y: number, readonly color: string, readonly size: number}} Point
 */
/** A colour for a region of a drawing, by its place in the order in which they are asked about. @typedef {{readonly rank: number, readonly color: string}} Answer */
/** A line along an edge that colour has bled across. @typedef {{readonly path: readonly (readonly [number, number])[], readonly width: number}} Scribble */
/** @typedef {{readonly points: readonly Point[], readonly regions: readonly Answer[], readonly scribbles: readonly Scribble[]}} Hints */
/**
 * All that is decided: the picture, the hints on it, and which point is chosen; which regions are left to the network,
 * and which is asked about: null for the first that is open, "end" for none.
 * @typedef {Hints & {readonly picture: any, readonly chosen: number | null, readonly skipped: readonly number[],
 *   readonly asked: number | "end" | null}} Work
 */
/** Where a session comes from: what the picture was taken for, and what paints it in Python.
 * @typedef {{kind?: string, checkpoint?: {name: string, sha256: string}}} Origin */

const SIZE = 5 / 256; // of a point
const WIDTH = 3 / 256; // of a scribble
const GRID = 9; // places a row that a new point may take when nobody says where
const DIGITS = 1e5; // of a coordinate

/** @param {number} value */
const inside = (value) => Math.min(1, Math.max(0, Math.round(value * DIGITS) / DIGITS));

/** @param {any} picture @param {Partial<Work> & {kind?: string}} [hints] and what the picture is said to be, if it is @returns {Work} */
export const begin = (picture, { kind = picture.kind, ...hints } = {}) => ({
  ...{ points: [], regions: [], scribbles: [], skipped: [], asked: null, chosen: null },
  ...{ ...hints, picture: kind === picture.kind ? picture : { ...picture, kind } },
});

const DROPPED = { photo: "Undo brings back the colours of its regions.", drawing: "Undo brings back its scribbles." };

/** Points are for both kinds of pictures; of what is not, the picture says how it comes back. @param {Work} work @param {"photo" | "drawing"} kind */
export function seeAs({ picture, points, regions, scribbles }, kind) {
  const note = (kind === "photo" ? regions : scribbles).length ? DROPPED[kind] : picture.note;
  return begin({ ...picture, note }, { kind, points });
}

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

/** Draw a line along an edge. @param {Work} work @param {readonly {x: number, y: number}[]} path @returns {Work} */
export function scribble(work, path) {
  const places = path.map(({ x, y }) => /** @type {const} */ ([inside(x), inside(y)]));
  return { ...work, scribbles: [...work.scribbles, { path: places, width: WIDTH }], chosen: null };
}

/** Take the last scribble away. @param {Work} work @returns {Work} */
export const unscribble = (work) => ({ ...work, scribbles: work.scribbles.slice(0, -1) });

/** The region that is asked about; null where none is. @param {Work} work @param {readonly number[]} order @returns {number | null} */
export function askedOf({ asked, regions, skipped }, order) {
  if (asked !== null) return asked === "end" ? null : asked;
  return order.find((rank) => !skipped.includes(rank) && !regions.some((answer) => answer.rank === rank)) ?? null;
}

/** Colour a region. @param {Work} work @param {number} rank @param {string} color @returns {Work} */
export function answer(work, rank, color) {
  const regions = [...work.regions.filter((other) => other.rank !== rank), { rank, color }];
  return { ...work, regions, skipped: work.skipped.filter((other) => other !== rank), asked: rank, chosen: null };
}

/** Take the colour of a region back. @param {Work} work @param {number} rank @returns {Work} */
export const unanswer = (work, rank) => ({ ...work, regions: work.regions.filter((other) => other.rank !== rank), asked: rank });

/** Go on to the next open region; one without a colour is left to the network. @param {Work} work @param {readonly number[]} order @returns {Work} */
export function goOn(work, order) {
  const rank = askedOf(work, order);
  if (rank === null) return work;
  const isAnswered = work.regions.some((other) => other.rank === rank);
  const skipped = isAnswered || work.skipped.includes(rank) ? work.skipped : [...work.skipped, rank];
  const place = order.indexOf(rank);
  const ahead = [...order.slice(place + 1), ...order.slice(0, place)];
  return { ...work, skipped, asked: askedOf({ ...work, skipped, asked: null }, ahead) ?? "end", chosen: null };
}

/** Go back to the region asked about before. @param {Work} work @param {readonly number[]} order @returns {Work} */
export function goBack(work, order) {
  const rank = askedOf(work, order);
  const place = rank === null ? order.length : order.indexOf(rank);
  return { ...work, asked: order[Math.max(0, place - 1)] ?? null, chosen: null };
}

const HINTS = /** @type {const} */ (["points", "regions", "scribbles"]);

/** Whether two pieces of work are of one picture and say the same of its colours. @param {Work} one @param {Work} other */
export const isAlike = (one, other) => one.picture === other.picture && HINTS.every((name) => one[name] === other[name]);

/** Whether hints say the same, wherever they come from. @param {Hints} one @param {Hints} other */
export const saySame = (one, other) => HINTS.every((name) => JSON.stringify(one[name]) === JSON.stringify(other[name]));

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
  /** @type {((work: Work, before: Work) => void)[]} */ #followers = [];

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

  /** @param {(work: Work, before: Work) => void} follower who is told of new work, and of that before it */
  subscribe(follower) {
    this.#followers.push(follower);
  }

  /** Take new work over; what is chosen, or asked about, makes no history. @param {Work} work */
  commit(work) {
    if (!isAlike(work, this.work) || work.skipped !== this.work.skipped) {
      this.#before.push(this.work);
      this.#after = [];
    }
    this.#show(work);
  }

  undo() {
    this.#step(this.#before, this.#after);
  }

  redo() {
    this.#step(this.#after, this.#before);
  }

  /** @param {Work[]} from @param {Work[]} to */
  #step(from, to) {
    const work = from.pop();
    if (!work) return;
    to.push(this.work);
    this.#show(work);
  }

  /** @param {Work} work */
  #show(work) {
    const before = this.work;
    this.work = work;
    for (const follower of this.#followers) follower(work, before);
  }
}

/**
 * A session that pads, the Studio and `colorize --hints` read.
 * @param {Work} work @param {Origin} origin @param {readonly number[] | null} order of the regions, if it has any
 */
export function toJson(work, origin, order = null) {
  const hints = [
    ...work.points.map(({ x, y, color, size }) => ({ kind: "point", x, y, color, size })),
    ...work.regions.map(({ rank, color }) => ({ kind: "region", rank, color })),
    ...work.scribbles.map(({ path, width }) => ({ kind: "edge", path, width })),
  ];
  const asked = order && askedOf(work, order);
  const place = order && { refine: true, rank: asked ?? order[0] ?? 0, skipped: work.skipped, finished: asked === null };
  return JSON.stringify({ colornb: 1, hints, chosen: work.chosen, ...place, ...origin }, null, 1);
}

/**
 * The hints of a hint file, which regions were skipped, and what the picture was taken for, if it says so. Throws an
 * Error, in one line, for anything else.
 * @param {string} text @returns {Hints & {skipped: number[], kind?: string}}
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
  /** @type {any} */ const found = { points: [], regions: [], scribbles: [] };
  document.hints.forEach((/** @type {any} */ hint, /** @type {number} */ number) => {
    const [list, read] = KINDS[Object(hint).kind] ?? [];
    if (!read) throw new Error(`Hint ${number} is of a kind that this page does not paint: open the file in the Studio.`);
    found[list].push(read(hint, number));
  });
  const skipped = Array.isArray(document.skipped) ? document.skipped.filter(Number.isInteger) : [];
  return { ...found, skipped, kind: ["photo", "drawing"].find((kind) => kind === document.kind) };
}

const UNFIT = {
  photo: "The file colours regions of a drawing: open that, or choose “a drawing” under “Seen as”.",
  drawing: "The file has scribbles on a photograph: open that, or choose “a photograph” under “Seen as”.",
};

/** Throws an Error, in one line, for hints that cannot be about such a picture. @param {Hints} hints @param {"photo" | "drawing"} kind
 * @param {readonly number[]} order of its regions */
export function checkFit({ regions, scribbles }, kind, order) {
  if ((kind === "photo" ? regions : scribbles).length) throw new Error(UNFIT[kind]);
  const lost = regions.find(({ rank }) => !order.includes(rank));
  if (lost) throw new Error(`The file colours region ${lost.rank}, which this drawing has not: open the one that it was made for.`);
}

const isShare = (/** @type {any} */ value) => typeof value === "number" && value >= 0 && value <= 1;
const isColor = (/** @type {any} */ value) => /^#[0-9a-f]{6}$/i.test(value);

/** @param {boolean} isRight @param {number} number @param {string} advice */
function check(isRight, number, advice) {
  if (!isRight) throw new Error(`Hint ${number} is broken: give ${advice}.`);
}

/** @type {Record<string, [string, (hint: any, number: number) => object]>} */
const KINDS = {
  point: ["points", readPoint],
  region: ["regions", readAnswer],
  edge: ["scribbles", readScribble],
};

/** @param {any} hint @param {number} number @returns {Point} */
function readPoint({ x, y, color, size = SIZE }, number) {
  check(isShare(x) && isShare(y) && isColor(color) && isShare(size) && size > 0, number, "x, y and size from 0 to 1, and the colour as #rrggbb");
  return { x, y, color: color.toLowerCase(), size };
}

/** @param {any} hint @param {number} number @returns {Answer} */
function readAnswer({ rank, color, part = null }, number) {
  if (part !== null) throw new Error(`Hint ${number} is about a piece of a region, which this page does not cut: open the file in the Studio.`);
  check(Number.isInteger(rank) && rank >= 0 && isColor(color), number, "a rank from 0, and the colour as #rrggbb");
  return { rank, color: color.toLowerCase() };
}

/** @param {any} hint @param {number} number @returns {Scribble} */
function readScribble({ path, width = WIDTH }, number) {
  const isPath = Array.isArray(path) && path.length > 0 && path.every((at) => Array.isArray(at) && at.length === 2 && at.every(isShare));
  check(isPath && isShare(width) && width > 0, number, "a path of places and a width, from 0 to 1");
  return { path, width };
}
