// Planes: numbers row by row, what is counted on them, and windows on them.

/** @typedef {[number, number]} Size height and width */
/** @typedef {Uint8Array | Int32Array | Float32Array} Plane row by row */
/** @typedef {{left: number, top: number, width: number, height: number}} Box */

export const range = (/** @type {number} */ first, /** @type {number} */ last) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
/** A number that stays in [0, 1]. @param {number} value */
export const cut = (value) => Math.min(1, Math.max(0, value));

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

/** One of red, green, blue and alpha, in [0, 1]. @param {Uint8ClampedArray} pixels RGBA @param {number} channel */
export const channelOf = (pixels, channel) => floats(new Uint8Array(pixels.length / 4), (_, i) => pixels[4 * i + channel] / 255);

/** @typedef {number[]} Values or a typed array of any kind. They may be many: a function takes no million arguments. */
/** @param {any} values */
export const sum = (values) => /** @type {Values} */ (values).reduce((total, value) => total + value, 0);
/** @param {any} values */
export const largest = (values, least = 0) => /** @type {Values} */ (values).reduce((most, value) => (value > most ? value : most), least);
/** @param {any} values */
export const smallest = (values) => /** @type {Values} */ (values).reduce((least, value) => (value < least ? value : least), Infinity);
/** @param {any} values */
export const isConstant = (values) => /** @type {Values} */ (values).every((value) => value === values[0]);

/** @param {Size} size @param {number} scale @returns {Size} */
export const scaled = ([height, width], scale) => [Math.max(1, Math.round(height * scale)), Math.max(1, Math.round(width * scale))];

/** Which pixel of a line stands for one beyond it: that of its mirror image, whose edge is not repeated.
 * @param {number} at @param {number} length */
export function mirrored(at, length) {
  const period = 2 * (length - 1) || 1;
  const place = ((at % period) + period) % period;
  return Math.min(place, period - place);
}
/** The nearest one. @param {number} at @param {number} length */
export const clamped = (at, length) => Math.min(length - 1, Math.max(0, at));
/** None. @param {number} at @param {number} length */
export const nowhere = (at, length) => (at < length ? at : -1);

/** So many more pixels on each side. @param {Size} size @param {number} more @returns {Box} */
export const wider = ([height, width], more) => ({ left: -more, top: -more, width: width + 2 * more, height: height + 2 * more });

/** What stands in some rows and columns; in those below 0, at their beginning or end, nothing does. @template {Plane} T @param {T} plane @param {number} width
 * @param {number[]} rows @param {number[]} columns @returns {T} */
export function pick(plane, width, rows, columns) {
  const found = /** @type {T} */ (new /** @type {any} */ (plane.constructor)(rows.length * columns.length));
  const start = columns.findIndex((column) => column >= 0);
  const end = start + columns.filter((column) => column >= 0).length;
  const isRun = columns[end - 1] - columns[start] === end - 1 - start; // of neighbours, which are copied in one go
  rows.forEach((row, y) => {
    const [from, to] = [row * width, y * columns.length];
    if (row >= 0 && isRun) found.set(plane.subarray(from + columns[start], from + columns[end - 1] + 1), to + start);
    else for (let x = start; row >= 0 && x < end; x++) found[to + x] = plane[from + columns[x]];
  });
  return found;
}

/** What a window on a plane shows, which may reach beyond it. @template {Plane} T @param {T} plane @param {Size} size
 * @param {Box} box @param {(at: number, length: number) => number} [beyond] @returns {T} */
export function view(plane, [height, width], box, beyond = mirrored) {
  const rows = range(box.top, box.top + box.height - 1).map((at) => beyond(at, height));
  return pick(plane, width, rows, range(box.left, box.left + box.width - 1).map((at) => beyond(at, width)));
}
