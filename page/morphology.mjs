// Masks and planes as OpenCV treats them: what is darkest or lightest around, connected pieces, blurs.

import { clamped, isConstant, mask, mirrored, range, smallest, sum, view, wider } from "./planes.mjs";

/** @typedef {import("./planes.mjs").Size} Size */
/** @typedef {import("./planes.mjs").Plane} Plane */
/** A flat element, by rows: the columns from .. to of the row that is `dy` below. @typedef {{dy: number, from: number, to: number}[]} Element */
/** Pieces, numbered from 1 as their first pixels come; 0 is what is left. @typedef {{labels: Int32Array, count: number}} Pieces */

/** @param {number} side @param {number} [before] pixels left of, and above, the middle @returns {Element} */
export const square = (side, before = side >> 1) =>
  range(-before, side - 1 - before).map((dy) => ({ dy, from: -before, to: side - 1 - before }));

/** @param {number} radius @returns {Element} */
export const disk = (radius) =>
  range(-radius, radius).map((dy) => {
    const reach = Math.round(radius * Math.sqrt((radius * radius - dy * dy) / (radius * radius)));
    return { dy, from: -reach, to: reach };
  });

/** The largest value under the element at each pixel, or the smallest. @template {Plane} T @param {T} plane @param {Size} size
 * @param {Element} element @param {1 | -1} sign -1 for the smallest @returns {T} */
function extreme(plane, [height, width], element, sign) {
  const isSquare = element.every((row) => row.from === element[0].from && row.to === element[0].to);
  const rows = isSquare ? [{ ...element[0], dy: 0 }] : [...element].sort((a, b) => a.to - a.from - (b.to - b.from));
  const above = isSquare ? -element[0].dy : 0;
  const before = Math.max(...rows.map(({ from }) => -from));
  const found = new Float32Array((height + above) * width).fill(-Infinity);
  const line = new Float32Array(width + before + Math.max(...rows.map(({ to }) => to)));
  const widest = new Float32Array(width);
  for (let y = 0; y < height; y++) {
    line.fill(-Infinity);
    for (let x = 0; x < width; x++) line[before + x] = sign * plane[y * width + x];
    let wide = 1;
    let last = 0;
    for (const { dy, from, to } of rows) {
      const at = before + from;
      const side = to - from + 1;
      for (; 2 * wide <= side; wide *= 2) raise(line, 0, line, wide, line.length - wide);
      if (side !== last) {
        widest.set(line.subarray(at, at + width)); // two windows of one size make any that is wider
        raise(widest, 0, line, at + side - wide, width);
      }
      last = side;
      if (y >= dy && y - dy < height) raise(found, (y - dy + above) * width, widest, 0, width);
    }
  }
  if (isSquare) widen(found, width, element.length);
  const result = /** @type {T} */ (new /** @type {any} */ (plane.constructor)(plane.length));
  for (let i = 0; i < result.length; i++) result[i] = sign * found[i];
  return result;
}

/** Let each value be the largest of `count`, from there on. @param {Float32Array} values @param {number} step from one to the next
 * @param {number} count */
function widen(values, step, count) {
  for (let wide = 1; wide < count; ) {
    const more = Math.min(wide, count - wide);
    raise(values, 0, values, more * step, values.length - more * step);
    wide += more;
  }
}

/** Let so many values be at least what others hold. @param {Float32Array} found @param {number} start @param {Float32Array} row @param {number} at
 * @param {number} count */
function raise(found, start, row, at, count) {
  for (let x = 0; x < count; x++) if (row[at + x] > found[start + x]) found[start + x] = row[at + x];
}

/** @template {Plane} T @param {T} plane @param {Size} size @param {Element} element */
export const dilate = (plane, size, element) => extreme(plane, size, element, 1);
/** @template {Plane} T @param {T} plane @param {Size} size @param {Element} element */
export const erode = (plane, size, element) => extreme(plane, size, element, -1);
/** @template {Plane} T @param {T} plane @param {Size} size @param {Element} element */
export const open = (plane, size, element) => dilate(erode(plane, size, element), size, element);
/** @template {Plane} T @param {T} plane @param {Size} size @param {Element} element */
export function close(plane, size, element) {
  const thick = dilate(plane, size, element);
  return isConstant(thick) ? thick : erode(thick, size, element); // as white paper is
}

/** Where parents lead to. @param {Int32Array | number[]} parents @param {number} k */
export function root(parents, k) {
  while (parents[k] !== k) k = parents[k] = parents[parents[k]];
  return k;
}

/** Connected pixels. @param {Uint8Array} inside @param {Size} size @param {boolean} [isDiagonal] whether corners connect, too @returns {Pieces} */
export function components(inside, [height, width], isDiagonal = false) {
  const labels = new Int32Array(inside.length);
  const parents = [0];
  const join = (/** @type {number} */ a, /** @type {number} */ b) => (a && b && a !== b ? unite(parents, a, b) : a || b);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (!inside[i]) continue;
      let own = x ? labels[i - 1] : 0;
      if (y) own = join(own, labels[i - width]);
      if (y && isDiagonal && x) own = join(own, labels[i - width - 1]);
      if (y && isDiagonal && x + 1 < width) own = join(own, labels[i - width + 1]);
      if (!own) parents.push((own = parents.length));
      labels[i] = own;
    }
  }
  const { numbers, count } = numbered(parents);
  return { labels: labels.map((label) => numbers[label]), count };
}

/** @param {Int32Array | number[]} parents @param {number} a @param {number} b @returns {number} the lower root, now that of both */
function unite(parents, a, b) {
  const one = root(parents, a);
  const other = root(parents, b);
  return (parents[Math.max(one, other)] = Math.min(one, other));
}

/** A number for each root, from 0, and for all that lead there. @param {Int32Array | number[]} parents */
function numbered(parents) {
  const numbers = new Int32Array(parents.length);
  let count = 0;
  for (let k = 0; k < parents.length; k++) numbers[k] = parents[k] === k ? count++ : numbers[root(parents, k)];
  return { numbers, count };
}

/** A number for each of `n` things, from 0, the same for those that edges connect. @param {[number, number][]} edges @param {number} n */
export function groups(edges, n) {
  const parents = Int32Array.from({ length: n }, (_, k) => k);
  for (const [a, b] of edges) unite(parents, a, b);
  return numbered(parents).numbers;
}

/** Box, size and middle of each piece. @param {Pieces} pieces @param {Size} size */
export function measure({ labels, count }, [, width]) {
  const pieces = Array.from({ length: count }, (_, n) => ({ n, left: Infinity, top: Infinity, right: -1, bottom: -1, area: 0, x: 0, y: 0 }));
  labels.forEach((label, i) => {
    const [piece, x] = [pieces[label], i % width];
    const y = (i - x) / width;
    piece.left = Math.min(piece.left, x);
    piece.right = Math.max(piece.right, x);
    piece.top = Math.min(piece.top, y);
    piece.bottom = y;
    piece.area += 1;
    piece.x += x;
    piece.y += y;
  });
  return pieces.map((p) => ({ ...p, width: p.right - p.left + 1, height: p.bottom - p.top + 1, x: p.x / p.area, y: p.y / p.area }));
}

/** The longer side of each piece; that of what is no piece is 0. @param {Pieces} pieces @param {Size} size */
export const lengths = (pieces, size) => measure(pieces, size).map((piece, n) => (n ? Math.max(piece.width, piece.height) : 0));

/** Pieces of a mask, connected at corners, too, that are no longer than `most`. @param {Uint8Array} inside @param {Size} size @param {number} most */
export function specksOf(inside, size, most) {
  const pieces = components(inside, size, true);
  const isSpeck = lengths(pieces, size).map((length) => length <= most);
  return mask(inside, (is, i) => is > 0 && isSpeck[pieces.labels[i]]);
}

/** @param {ArrayLike<number>} plane @param {Size} size */
function turned(plane, [height, width]) {
  const across = new Float64Array(plane.length);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) across[x * height + y] = plane[y * width + x];
  return across;
}

/** Sums of each row and column. @param {ArrayLike<number>} plane @param {Size} size
 * @param {(padded: Float64Array, into: Float64Array) => void} line @param {number} before @param {number} after pixels around a line
 * @param {(at: number, length: number) => number} beyond which one stands for these */
function separate(plane, [height, width], line, before, after, beyond) {
  const pass = (/** @type {ArrayLike<number>} */ source, /** @type {number} */ rows, /** @type {number} */ length) => {
    const [padded, into] = [new Float64Array(length + before + after), new Float64Array(rows * length)];
    const places = range(-before, length - 1 + after).map((at) => beyond(at, length));
    const start = places.findIndex((place) => place >= 0);
    const end = start + places.filter((place) => place >= 0).length;
    for (let y = 0; y < rows; y++) {
      for (let i = start; i < end; i++) padded[i] = source[y * length + places[i]];
      line(padded, into.subarray(y * length, (y + 1) * length));
    }
    return into;
  };
  const down = pass(turned(pass(plane, height, width), [height, width]), width, height);
  return turned(down, [width, height]);
}

/** The sum of the square around each pixel. @param {ArrayLike<number>} plane @param {Size} size @param {number} side
 * @param {(at: number, length: number) => number} [beyond] */
export function boxSums(plane, size, side, beyond = mirrored) {
  const line = (/** @type {Float64Array} */ padded, /** @type {Float64Array} */ into) => {
    let total = 0;
    for (let i = 0; i < padded.length; i++) {
      total += padded[i] - (i >= side ? padded[i - side] : 0);
      if (i >= side - 1) into[i - side + 1] = total;
    }
  };
  return separate(plane, size, line, side >> 1, side - 1 - (side >> 1), beyond);
}

/** @param {ArrayLike<number>} plane @param {Size} size @param {number} sigma pixels
 * @param {(at: number, length: number) => number} [beyond] */
export function gaussian(plane, size, sigma, beyond = mirrored) {
  if (beyond === mirrored && isConstant(plane)) return Float64Array.from(plane);
  const reach = (Math.round(8 * sigma + 1) | 1) >> 1;
  const weights = range(-reach, reach).map((step) => Math.exp(-0.5 * (step / sigma) ** 2));
  const total = sum(weights);
  const blur = (/** @type {Float64Array} */ padded, /** @type {Float64Array} */ into) => {
    for (let x = 0; x < into.length; x++) {
      let own = weights[reach] * padded[x + reach];
      for (let n = 0, m = 2 * reach; n < m; n++, m--) own += weights[n] * (padded[x + n] + padded[x + m]);
      into[x] = own / total;
    }
  };
  return separate(plane, size, blur, reach, reach, beyond);
}

const BINS = 1000; // of a difference of one edge: a Gaussian is read from a table
const EDGES = 6; // of what differs by more, next to nothing comes

/** Blur planes together, but not across edges (Tomasi and Manduchi 1998); one plane stands for three that are equal.
 * @param {Float32Array[]} planes @param {Size} size @param {number} edge how large a difference is one @param {number} sigma pixels */
export function bilateral(planes, [height, width], edge, sigma) {
  const reach = Math.max(1, Math.round(1.5 * sigma));
  const across = width + 2 * reach;
  const [red, green = red, blue = red] = planes.map((plane) => view(plane, [height, width], wider([height, width], reach)));
  const steps = range(-reach, reach).flatMap((dy) => range(-reach, reach).map((dx) => ({ at: dy * across + dx, far: Math.hypot(dx, dy) })));
  const around = steps.filter(({ far }) => far <= reach);
  const offsets = Int32Array.from(around, ({ at }) => at);
  const near = Float64Array.from(around, ({ far }) => Math.exp(-0.5 * (far / sigma) ** 2));
  const alike = Float64Array.from({ length: EDGES * BINS + 1 }, (_, i) => Math.exp(-0.5 * (i / BINS) ** 2));
  const found = planes.map((plane) => plane.slice());
  const window = square(2 * reach + 1);
  const reaches = planes.map((plane) => [dilate(plane, [height, width], window), erode(plane, [height, width], window)]);
  for (let i = 0; i < width * height; i++) {
    if (reaches.every(([most, least]) => most[i] === least[i])) continue; // it is all one
    const place = (Math.floor(i / width) + reach) * across + (i % width) + reach;
    let [total, r, g, b] = [0, 0, 0, 0];
    for (let n = 0; n < offsets.length; n++) {
      const p = place + offsets[n];
      const far = Math.abs(red[p] - red[place]) + Math.abs(green[p] - green[place]) + Math.abs(blue[p] - blue[place]);
      const bin = Math.round((far / edge) * BINS);
      if (bin > EDGES * BINS) continue;
      const weight = near[n] * alike[bin];
      total += weight;
      r += weight * red[p];
      g += weight * green[p];
      b += weight * blue[p];
    }
    [r, g, b].forEach((sum, c) => c < found.length && (found[c][i] = sum / total));
  }
  return found;
}

/** The median of nine pixels; what is at the border goes on beyond it. @param {Float32Array} plane @param {Size} size */
export function median3(plane, [height, width]) {
  const padded = view(plane, [height, width], wider([height, width], 1), clamped);
  const steps = [0, width + 2, 2 * (width + 2)].flatMap((row) => [row, row + 1, row + 2]);
  const [nine, found] = [new Float32Array(9), new Float32Array(plane.length)];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      for (let n = 0; n < 9; n++) {
        const value = padded[i + 2 * y + steps[n]];
        let k = n;
        for (; k > 0 && nine[k - 1] > value; k--) nine[k] = nine[k - 1];
        nine[k] = value;
      }
      found[i] = nine[4];
    }
  }
  return found;
}

/** As NumPy has it, between two values where need be. @param {Float32Array} values @param {number} percent */
export function percentile(values, percent) {
  const place = (percent / 100) * (values.length - 1);
  const below = Math.floor(place);
  const parted = part(values.slice(), below);
  if (place === below) return parted[below];
  const next = smallest(parted.subarray(below + 1));
  return parted[below] + (place - below) * (next - parted[below]);
}

/** Order values so far that the k-th is in its place (Hoare 1961): to sort a million takes ten times as long.
 * @param {Float32Array} values @param {number} k */
function part(values, k) {
  for (let [low, high] = [0, values.length - 1]; low < high; ) {
    const pivot = values[k];
    let [i, j] = [low, high];
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i <= j) [values[i++], values[j--]] = [values[j], values[i]];
    }
    if (j < k) low = i;
    if (k < i) high = j;
  }
  return values;
}
