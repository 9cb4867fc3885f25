// Masks and planes as OpenCV treats them: what is darkest or lightest around, connected pieces, blurs.

/** @typedef {import("./maps.mjs").Size} Size */
/** @typedef {Uint8Array | Float32Array} Plane row by row */
/** A flat element, by rows: the columns from .. to of the row that is `dy` below. @typedef {{dy: number, from: number, to: number}[]} Element */
/** Pieces, numbered from 1 as their first pixels come; 0 is what is left. @typedef {{labels: Int32Array, count: number}} Pieces */

const range = (/** @type {number} */ first, /** @type {number} */ last) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

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
  const { from, to } = element[0];
  const isSquare = element.every((row) => row.from === from && row.to === to);
  const pad = Math.max(...element.map((row) => Math.max(-row.from, row.to, 0)));
  const [found, widest] = [new Float32Array(plane.length).fill(-Infinity), new Float32Array(width)];
  const rows = windows(isSquare ? [{ dy: 0, from, to }] : element, pad, width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows.levels[0][pad + x] = sign * plane[y * width + x];
    rows.fill();
    for (const { at, other, level, steps } of rows.spans) {
      widest.set(level.subarray(at, at + width));
      raise(widest, 0, level, other, width);
      for (const dy of steps) if (y >= dy && y - dy < height) raise(found, (y - dy) * width, widest, 0, width);
    }
  }
  const all = isSquare ? downwards(found, [height, width], element[0].dy, element.length) : found;
  const result = /** @type {T} */ (new /** @type {any} */ (plane.constructor)(plane.length));
  for (let i = 0; i < result.length; i++) result[i] = sign * all[i];
  return result;
}

/** Let a row be at least what another one holds. @param {Float32Array} found @param {number} start @param {Float32Array} row @param {number} at
 * @param {number} width */
function raise(found, start, row, at, width) {
  for (let x = 0; x < width; x++) if (row[at + x] > found[start + x]) found[start + x] = row[at + x];
}

/** The largest value in `count` rows from `first` below on. @param {Float32Array} plane @param {Size} size @param {number} first @param {number} count */
function downwards(plane, [height, width], first, count) {
  let [held, rows] = [plane.slice(), 1];
  const grow = (/** @type {number} */ step) => {
    for (let i = 0; i + step * width < held.length; i++) if (held[i + step * width] > held[i]) held[i] = held[i + step * width];
    rows += step;
  };
  while (rows < count) grow(Math.min(rows, count - rows));
  const found = new Float32Array(plane.length);
  for (let y = 0; y < height; y++) {
    const [top, bottom] = [Math.max(0, y + first), Math.min(height, y + first + count)];
    if (y + first >= 0) found.set(held.subarray(top * width, (top + 1) * width), y * width);
    else found.set(plane.subarray(0, width), y * width);
    for (let row = 1; y + first < 0 && row < bottom; row++) raise(found, y * width, plane, row * width, width);
  }
  return found;
}

/** Of one row, the largest value in windows of 1, 2, 4 .. pixels: two of one size make any other. */
function windows(/** @type {Element} */ element, /** @type {number} */ pad, /** @type {number} */ width) {
  const power = (/** @type {{from: number, to: number}} */ { from, to }) => Math.floor(Math.log2(to - from + 1));
  const levels = range(0, Math.max(...element.map(power))).map(() => new Float32Array(width + 2 * pad).fill(-Infinity));
  const keys = [...new Set(element.map(({ from, to }) => `${from} ${to}`))];
  const spans = keys.map((key) => {
    const alike = element.filter(({ from, to }) => `${from} ${to}` === key);
    const k = power(alike[0]);
    return { at: pad + alike[0].from, other: pad + alike[0].to + 1 - 2 ** k, level: levels[k], steps: alike.map(({ dy }) => dy) };
  });
  const fill = () => {
    for (let k = 1; k < levels.length; k++) {
      const [half, whole, step] = [levels[k - 1], levels[k], 2 ** (k - 1)];
      for (let x = 0; x + step < half.length; x++) whole[x] = half[x] > half[x + step] ? half[x] : half[x + step];
    }
  };
  return { levels, spans, fill };
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

/** @param {ArrayLike<number>} plane */
function isConstant(plane) {
  for (let i = 1; i < plane.length; i++) if (plane[i] !== plane[0]) return false;
  return true;
}

/** @param {ArrayLike<number>} plane @param {(value: number, i: number) => boolean} test */
export function mask(plane, test) {
  const found = new Uint8Array(plane.length); // in a loop: `from` takes ten times as long
  for (let i = 0; i < found.length; i++) if (test(plane[i], i)) found[i] = 1;
  return found;
}

/** @param {ArrayLike<number>} plane @param {(value: number, i: number) => number} change */
export function floats(plane, change) {
  const found = new Float32Array(plane.length);
  for (let i = 0; i < found.length; i++) found[i] = change(plane[i], i);
  return found;
}

/** Where parents lead to. @param {Int32Array | number[]} parents @param {number} k */
export function root(parents, k) {
  while (parents[k] !== k) k = parents[k] = parents[parents[k]];
  return k;
}

/** @param {Uint8Array} inside @param {Size} size @param {boolean} [isDiagonal] whether corners connect, too @returns {Pieces} */
export function components(inside, [height, width], isDiagonal = false) {
  const labels = new Int32Array(inside.length);
  const parents = [0];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (!inside[i]) continue;
      let own = x ? labels[i - 1] : 0;
      if (y) own = join(parents, own, labels[i - width]);
      if (y && isDiagonal && x) own = join(parents, own, labels[i - width - 1]);
      if (y && isDiagonal && x + 1 < width) own = join(parents, own, labels[i - width + 1]);
      if (!own) parents.push((own = parents.length));
      labels[i] = own;
    }
  }
  return number(labels, parents);
}

/** @param {number[]} parents @param {number} a @param {number} b @returns {number} the lower root, now that of both; 0 has none */
function join(parents, a, b) {
  if (!a || !b || a === b) return a || b;
  const one = root(parents, a);
  const other = root(parents, b);
  return (parents[Math.max(one, other)] = Math.min(one, other));
}

/** @param {Int32Array} labels @param {number[]} parents @returns {Pieces} */
function number(labels, parents) {
  const numbers = new Int32Array(parents.length);
  let count = 0;
  for (let k = 1; k < parents.length; k++) numbers[k] = parents[k] === k ? (count += 1) : numbers[root(parents, k)];
  return { labels: labels.map((label) => numbers[label]), count: count + 1 };
}

/** Box, size and middle of each piece. @param {Pieces} pieces @param {Size} size */
export function measure({ labels, count }, [, width]) {
  const pieces = Array.from({ length: count }, () => ({ left: Infinity, top: Infinity, right: -1, bottom: -1, area: 0, x: 0, y: 0 }));
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

/** @param {number} at @param {number} length mirrored at the edge, which is not repeated */
function mirrored(at, length) {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const place = ((at % period) + period) % period;
  return Math.min(place, period - place);
}

/** @param {ArrayLike<number>} plane @param {Size} size */
function turned(plane, [height, width]) {
  const across = new Float64Array(plane.length);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) across[x * height + y] = plane[y * width + x];
  return across;
}

/** Sums of each row and column, mirrored at its edges. @param {ArrayLike<number>} plane @param {Size} size
 * @param {(padded: Float64Array, into: Float64Array) => void} line @param {number} before @param {number} after pixels around a line */
function separate(plane, [height, width], line, before, after) {
  const pass = (/** @type {ArrayLike<number>} */ source, /** @type {number} */ rows, /** @type {number} */ length) => {
    const [padded, into] = [new Float64Array(length + before + after), new Float64Array(rows * length)];
    const places = range(-before, length - 1 + after).map((at) => mirrored(at, length));
    for (let y = 0; y < rows; y++) {
      for (let i = 0; i < padded.length; i++) padded[i] = source[y * length + places[i]];
      line(padded, into.subarray(y * length, (y + 1) * length));
    }
    return into;
  };
  const down = pass(turned(pass(plane, height, width), [height, width]), width, height);
  return turned(down, [width, height]);
}

/** The sum of the square around each pixel. @param {ArrayLike<number>} plane @param {Size} size @param {number} side */
export function boxSums(plane, size, side) {
  const sum = (/** @type {Float64Array} */ padded, /** @type {Float64Array} */ into) => {
    let total = 0;
    for (let i = 0; i < padded.length; i++) {
      total += padded[i] - (i >= side ? padded[i - side] : 0);
      if (i >= side - 1) into[i - side + 1] = total;
    }
  };
  return separate(plane, size, sum, side >> 1, side - 1 - (side >> 1));
}

/** @param {ArrayLike<number>} plane @param {Size} size @param {number} sigma pixels */
export function gaussian(plane, size, sigma) {
  if (isConstant(plane)) return Float64Array.from(plane);
  const reach = (Math.round(8 * sigma + 1) | 1) >> 1;
  const weights = range(-reach, reach).map((step) => Math.exp(-0.5 * (step / sigma) ** 2));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const blur = (/** @type {Float64Array} */ padded, /** @type {Float64Array} */ into) => {
    for (let x = 0; x < into.length; x++) {
      let sum = weights[reach] * padded[x + reach];
      for (let n = 0, m = 2 * reach; n < m; n++, m--) sum += weights[n] * (padded[x + n] + padded[x + m]);
      into[x] = sum / total;
    }
  };
  return separate(plane, size, blur, reach, reach);
}

/** A plane with its mirror image around it: so many pixels before it, and a size in all.
 * @param {Float32Array} plane @param {Size} size @param {number} before @param {Size} all */
export function framed(plane, [height, width], before, all) {
  const [rows, columns] = all.map((length, axis) => range(-before, length - 1 - before).map((at) => mirrored(at, axis ? width : height)));
  const found = new Float32Array(all[0] * all[1]);
  rows.forEach((row, y) => columns.forEach((column, x) => (found[y * all[1] + x] = plane[row * width + column])));
  return found;
}

const BINS = 1000; // of a difference of one edge: a Gaussian is read from a table
const EDGES = 6; // of what differs by more, next to nothing comes

/** Blur planes together, but not across edges (Tomasi and Manduchi 1998); one plane stands for three that are equal.
 * @param {Float32Array[]} planes @param {Size} size @param {number} edge how large a difference is one @param {number} sigma pixels */
export function bilateral(planes, [height, width], edge, sigma) {
  const reach = Math.max(1, Math.round(1.5 * sigma));
  const across = width + 2 * reach;
  const [red, green, blue] = [0, 1, 2].map((c) => framed(planes[c] ?? planes[0], [height, width], reach, [height + 2 * reach, across]));
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
  const beside = (/** @type {number} */ at, /** @type {number} */ length) => [Math.max(0, at - 1), at, Math.min(length - 1, at + 1)];
  const columns = range(0, width - 1).map((x) => beside(x, width));
  const [nine, found] = [new Float32Array(9), new Float32Array(plane.length)];
  for (let y = 0, i = 0; y < height; y++) {
    const rows = beside(y, height).map((row) => row * width);
    for (let x = 0; x < width; x++, i++) {
      const near = columns[x];
      for (let n = 0; n < 9; n++) {
        const value = plane[rows[(n / 3) | 0] + near[n % 3]];
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
  const next = parted.subarray(below + 1).reduce((least, value) => Math.min(least, value), Infinity);
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
