// The border of a piece of a mask as a polygon through the middles of its pixels, and what is measured on it.

/** @typedef {import("./maps.mjs").Size} Size */
/** @typedef {[number, number]} Place x and y */

const AROUND = [[1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0], [-1, -1], [0, -1], [1, -1]]; // prettier-ignore

/**
 * The outer border of a piece whose pixels connect at corners, too (Suzuki and Abe 1985).
 * @param {ArrayLike<number>} labels @param {number} label of the piece @param {Size} size
 * @param {number} top the row in which it begins
 * @returns {Place[]}
 */
export function borderOf(labels, label, [height, width], top) {
  const isInside = (/** @type {number} */ x, /** @type {number} */ y) => x >= 0 && y >= 0 && x < width && y < height && labels[y * width + x] === label;
  /** @type {Place} */ const first = [0, top];
  while (!isInside(...first)) first[0] += 1;
  const next = (/** @type {Place} */ [x, y], /** @type {number} */ from) => {
    for (let turn = 1; turn <= 8; turn++) {
      const way = (from + turn) % 8;
      if (isInside(x + AROUND[way][0], y + AROUND[way][1])) return way;
    }
    return -1;
  };
  /** @type {Place[]} */ const border = [];
  let [at, way] = [first, next(first, 4)];
  if (way < 0) return [first];
  for (const start = way; ; ) {
    border.push(at);
    at = [at[0] + AROUND[way][0], at[1] + AROUND[way][1]];
    way = next(at, (way + 4) % 8);
    if (at[0] === first[0] && at[1] === first[1] && way === start) return border;
  }
}

/** @param {readonly Place[]} polygon */
export function polygonArea(polygon) {
  const twice = polygon.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = polygon[(i + 1) % polygon.length];
    return sum + x * nextY - nextX * y;
  }, 0);
  return Math.abs(twice) / 2;
}

/** @param {readonly Place[]} places @returns {Place[]} */
export function hullOf(places) {
  const sorted = [...places].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const turn = (/** @type {Place} */ a, /** @type {Place} */ b, /** @type {Place} */ c) => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
  const half = (/** @type {Place[]} */ row) => {
    /** @type {Place[]} */ const chain = [];
    for (const place of row) {
      while (chain.length > 1 && turn(chain[chain.length - 2], chain[chain.length - 1], place) <= 0) chain.pop();
      chain.push(place);
    }
    return chain.slice(0, -1);
  };
  return sorted.length < 2 ? sorted : [...half(sorted), ...half(sorted.reverse())];
}

/** Width and height of the smallest rectangle, in any direction, around a hull. @param {readonly Place[]} hull @returns {[number, number]} */
export function smallestBox(hull) {
  /** @type {[number, number]} */ let best = [0, 0];
  let least = Infinity;
  hull.forEach(([x, y], i) => {
    const [nextX, nextY] = hull[(i + 1) % hull.length];
    const length = Math.hypot(nextX - x, nextY - y) || 1;
    const [ux, uy] = [(nextX - x) / length, (nextY - y) / length];
    const extent = (/** @type {number} */ dx, /** @type {number} */ dy) => {
      const along = hull.map((place) => place[0] * dx + place[1] * dy);
      return Math.max(...along) - Math.min(...along);
    };
    const box = [extent(ux, uy), extent(-uy, ux)];
    if (box[0] * box[1] < least) [least, best] = [box[0] * box[1], [box[0], box[1]]];
  });
  return best;
}
