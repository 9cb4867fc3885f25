// A drawing made what networks for line art know: black lines on white paper. As in colornb/drawings.py.

import { bilateral, boxSums, close, components, dilate, disk, gaussian, lengths, measure, median3, open, percentile, specksOf, square } from "./morphology.mjs";
import { channelOf, clamped, cut, mask, floats, scaled, sum, view, wider } from "./planes.mjs";
import { enlarge, pool, shrink } from "./resample.mjs";

/** @typedef {import("./planes.mjs").Size} Size */
/**
 * `lines` are 1 for paper; `ink` are planes to be multiplied with the colours, one if it is gray.
 * @typedef {{lines: Float32Array, ink: Float32Array[], hasInk: boolean}} Drawing
 */

// What each number is, colornb/drawings.py tells.
const SIDE = 440;
const ENOUGH = 1400;
const WINDOW = 1 / 7;
const LIGHT_PAGE = 0.5;
const DIRT = 0.02; // of a page: where more is drawn, it is not blank
const DEEPEST_SHADOW = 0.4;
const DARK_PAGE = 0.35;
const NOISE = 0.04;
const MAX_NOISE = 0.15;
const GRAIN = 0.004;
const LIGHT_PAPER = 0.2;
const FAINTEST = 0.12;
const BLACK = 90;
const PAPER_SHARE = 0.4;
const MARGIN = 0.15; // of the page: so much less than that is surely no drawing
const TONE_SHARE = 0.03;
const SHADOW_TONE = 0.006;
const EDGE = 0.08;
const LIGHTEST_BLACK = 0.75;
const CRISP = 0.01;
const WIDEST = 1 / 60;
const TONE = 1 / 220;
const HOLE = 1 / 400;
const HOLES = 0.05;
const DOTS = 0.5;

const share = (/** @type {ArrayLike<number>} */ inside) => sum(inside) / inside.length;

/** Red, green and blue in [0, 1]; gray alone where all are equal. @param {Uint8ClampedArray} pixels RGBA */
export function planesOf(pixels) {
  let isGray = true;
  for (let p = 0; p < pixels.length && isGray; p += 4) isGray = pixels[p] === pixels[p + 1] && pixels[p] === pixels[p + 2];
  return (isGray ? [0] : [0, 1, 2]).map((channel) => channelOf(pixels, channel));
}

/**
 * Whether a picture is lines on paper, and what is drawn on it. @param {Float32Array[]} planes @param {Size} size
 * @returns {{isLineArt: boolean, isBlank: () => boolean, read: () => Drawing}}
 */
export function lookAt(planes, size) {
  const scale = ENOUGH / (size[0] * size[1]) ** 0.5;
  const small = scaled(size, Math.min(1, scale));
  const page = inAnyLight(scale < 1 ? planes.map((plane) => pool(plane, size, small)) : planes, small);
  const paper = 1 - share(page.drawn);
  return {
    isLineArt: page.drawn.includes(1) && paper >= PAPER_SHARE && page.tone <= TONE_SHARE && isCrisp(page, small),
    isBlank: () => 1 - paper < DIRT && isLight(planes) && !inAnyLight(planes.map((plane) => shrink(plane, size, seenAt(size))), seenAt(size)).drawn.includes(1),
    read: () => read(scale < 1 ? inAnyLight(planes, size) : page, size),
  };
}

/** @param {ReturnType<typeof divide>} page @param {Size} size @returns {Drawing} */
function read({ relative, depth, drawn, noise, black }, size) {
  const { lines: toned, isDither } = withoutTone(depth.map((deep) => 1 - cut((deep - noise) / Math.max(black - noise, 1e-3))), size);
  const lines = withoutHoles(toned, size);
  const shown = depth.map((deep) => cut((2 * deep) / noise - 1)); // so that the grain of the paper goes
  const specks = noise > NOISE * black ? specksOf(mask(depth, (deep) => deep > Math.fround(noise)), size, Math.max(2, GRAIN * Math.min(...size))) : null;
  depth.forEach((_, i) => {
    if (specks?.[i]) lines[i] = 1;
    if (specks?.[i] || isDither?.[i]) shown[i] = 0;
  });
  const ink = relative.map((plane) => plane.map((value, i) => (value - 1) * shown[i] + 1));
  return { lines, ink, hasInk: drawn.includes(1) };
}

/** A page without the light on it; that may change from one pixel to the next. @param {Float32Array[]} planes @param {Size} size */
function inAnyLight(planes, size) {
  const page = isDark(planes) ? planes.map((plane) => plane.map((value) => 1 - value)) : planes; // dark lines on light paper
  const seen = seenSmall(page, size);
  const soft = divide(page, paperOf(seen, size), size);
  const light = soft.shadow > SHADOW_TONE && paperInShadow(seen, size);
  const hard = light && divide(page, light, size);
  return hard && hard.shadow <= SHADOW_TONE ? hard : soft;
}

/** @param {Float32Array[]} page @param {Float32Array[]} light on its paper @param {Size} size */
function divide(page, light, size) {
  const relative = page.map((plane, n) => plane.map((value, i) => cut(value / Math.max(light[n][i], 1e-3))));
  const depth = least(relative).map((value) => 1 - value);
  const paper = depth.filter((deep) => deep < Math.fround(FAINTEST));
  const grain = paper.length ? Math.min(MAX_NOISE, 3 * percentile(paper, 84)) : 0;
  const drawn = mask(depth, (deep) => deep > Math.fround(Math.max(grain, FAINTEST)));
  const dark = depth.filter((_, i) => drawn[i]);
  const black = dark.length ? percentile(dark, BLACK) : 1;
  const noise = Math.max(grain, NOISE * black);
  return { relative, depth, drawn, noise, black, ...tonesOf(depth, noise, black, size) };
}

/** The least of some planes at each pixel. @template {Float32Array | Float64Array} T @param {T[]} planes @returns {T} */
function least([first, ...others]) {
  const found = /** @type {T} */ (first.slice());
  for (const plane of others) for (let i = 0; i < found.length; i++) if (plane[i] < found[i]) found[i] = plane[i];
  return found;
}

/** Whether a page is light lines on dark paper, not a page in the dark. @param {Float32Array[]} planes */
function isDark(planes) {
  const light = lightOf(planes);
  if (share(mask(light, (value) => value < Math.fround(DARK_PAGE))) <= 0.5) return false;
  const middle = light.slice().sort()[(light.length - 1) >> 1];
  return share(light.map((value) => (value - middle) ** 3)) >= 0;
}

/** @param {Float32Array[]} planes */
function lightOf(planes) {
  const [red, green = red, blue = red] = planes;
  return red.map((value, i) => 0.299 * value + 0.587 * green[i] + 0.114 * blue[i]);
}

/** @param {Float32Array[]} planes */
const isLight = (planes) => percentile(lightOf(planes), 50) > LIGHT_PAGE;

/** @param {Size} size @returns {Size} */
const seenAt = (size) => scaled(size, Math.min(1, SIDE / (size[0] * size[1]) ** 0.5));

/** A page at the size at which paper is looked for, 0 to 255. @param {Float32Array[]} page @param {Size} size
 * @returns {{small: Size, window: number, seen: Float32Array[]}} */
function seenSmall(page, size) {
  const small = seenAt(size);
  const window = Math.max(3, Math.trunc(WINDOW * (small[0] * small[1]) ** 0.5)) | 1;
  const seen = page.map((plane) => median3(shrink(plane, size, small).map((value) => Math.trunc(Math.fround(255 * value))), small));
  return { small, window, seen };
}

/** The colour of the paper: the lightest around, smoothed but for the edges of shadows. Null where there is not about enough
 * paper for a drawing: to smooth takes seconds, and most photographs have far less.
 * @param {ReturnType<typeof seenSmall>} page @param {Size} size */
function paperInShadow({ small, window, seen }, size) {
  const wide = wider(small, window); // room in the corner between a shadow and the rim
  const inner = { left: window, top: window, height: small[0], width: small[1] };
  const light = seen.map((plane) => {
    const lightest = close(view(plane, small, wide, clamped), [wide.height, wide.width], disk(window >> 1));
    return notInTheDark(view(lightest, [wide.height, wide.width], inner).map((value) => value / 255), plane);
  });
  const paper = mask(seen[0], (_, i) => seen.every((plane, n) => plane[i] / 255 > (1 - FAINTEST) * light[n][i]));
  if (share(paper) <= PAPER_SHARE - MARGIN) return null;
  return bilateral(light, small, EDGE, window / 8).map((plane) => enlarge(plane, small, size));
}

/** The light on a plane of 0 to 255, for in no shadow is it less than a part of what is lightest. @template {Float32Array | Float64Array} T
 * @param {T} light @param {Float32Array} plane @returns {T} */
function notInTheDark(light, plane) {
  const deepest = (DEEPEST_SHADOW * percentile(plane, 95)) / 255;
  return /** @type {T} */ (light.map((value) => Math.max(value, deepest)));
}

/** The same in soft light. @param {ReturnType<typeof seenSmall>} page @param {Size} size */
function paperOf({ small, window, seen }, size) {
  const light = seen.map((plane) => notInTheDark(gaussian(close(plane, small, disk(window >> 1)).map((value) => value / 255), small, window / 2), plane));
  const relative = seen.map((plane, n) => Float64Array.from(plane).map((value, i) => value / 255 / Math.max(light[n][i], 1e-3)));
  // Where light falls off, the lightest around is too light: what is nearly as light as that is paper, too.
  const near = mask(least(relative), (value) => value > 1 - LIGHT_PAPER);
  const amount = gaussian(near, small, window / 8);
  return relative.map((plane, n) => {
    const inside = gaussian(plane.map((value, i) => value * near[i]), small, window / 8);
    return enlarge(floats(light[n], (value, i) => value * (amount[i] > 0.05 ? inside[i] / Math.max(amount[i], 0.05) : 1)), small, size);
  });
}

/** The share of a page in wide patches of a tone, with the gray rims of wide black lines and without them.
 * @param {Float32Array} depth @param {number} noise @param {number} black @param {Size} size */
function tonesOf(depth, noise, black, size) {
  const wide = open(mask(depth, (deep) => deep > Math.fround(noise)), size, widest(size));
  const patches = mask(wide, (inside, i) => inside > 0 && depth[i] < Math.fround(LIGHTEST_BLACK * black));
  const tone = share(patches);
  return { tone, shadow: tone ? share(open(patches, size, square(3))) : 0 };
}

/** Whether dark lies right beside paper, as along any line; in what fades there is a long way between them.
 * @param {ReturnType<typeof divide>} page @param {Size} size */
function isCrisp({ depth, noise, black }, size) {
  const beside = dilate(mask(depth, (deep) => deep <= Math.fround(noise)), size, widest(size));
  return share(beside.filter((_, i) => depth[i] > Math.fround(black / 2))) >= CRISP;
}

/** A square as wide as a line may be. @param {Size} size */
const widest = (size) => square(Math.max(3, Math.trunc(WIDEST * Math.min(...size))) | 1);

/** Line art without its screentone, and where its dots stand for gray paper, if they do.
 * @param {Float32Array} lines @param {Size} size @returns {{lines: Float32Array, isDither: Uint8Array | null}} */
function withoutTone(lines, size) {
  const reach = Math.max(2, Math.round(TONE * Math.min(...size)));
  const ink = mask(lines, (light) => light < 0.5);
  const paper = ink.map((dark) => 1 - dark);
  const wide = [open(paper, size, disk(reach)), open(ink, size, disk(reach))];
  const opened = open(mask(ink, (_, i) => !wide[0][i] && !wide[1][i]), size, disk(2 * reach));
  const dots = opened.includes(1) ? dotted(ink, paper, reach, size) : opened;
  const patches = opened.map((inside, i) => inside & dots[i]);
  if (!patches.includes(1)) return { lines, isDither: null };
  const pieces = components(ink, size, true);
  const isLine = lengths(pieces, size).map((length) => length > 4 * reach + 2);
  const side = 8 * reach + 4;
  const nearby = boxSums(ink, size, side);
  const tone = dilate(patches, size, disk(reach)).map((inside, i) => inside && !(isLine[pieces.labels[i]] && 2 * nearby[i] < side * side));
  const closed = close(lines, size, disk((reach + 1) >> 1));
  const without = lines.map((light, i) => (tone[i] ? closed[i] : light));
  const isPaper = Math.min(share(tone), share(rimOf(tone, size))) >= PAPER_SHARE;
  return { lines: without, isDither: isPaper ? mask(tone, (inside, i) => inside > 0 && without[i] > 0.5) : null };
}

/** The pixels on the border of a page, those in corners twice. @template {Uint8Array | Int32Array} T @param {T} plane @param {Size} size */
export function rimOf(plane, [height, width]) {
  const columns = Array.from({ length: height }, (_, y) => [plane[y * width], plane[(y + 1) * width - 1]]).flat();
  return [...plane.subarray(0, width), ...plane.subarray((height - 1) * width), ...columns];
}

/** Where dots of ink, or holes in it, lie no further apart than the tone's are. @param {Uint8Array} ink @param {Uint8Array} paper
 * @param {number} reach @param {Size} size */
function dotted(ink, paper, reach, size) {
  const side = 2 * reach + 1;
  const dots = new Uint8Array(ink.length);
  for (const part of [ink, paper]) {
    for (const { x, y, width, height } of measure(components(part, size), size).slice(1)) {
      if (Math.max(width, height) <= side) dots[Math.trunc(y) * size[1] + Math.trunc(x)] = 1;
    }
  }
  return mask(boxSums(dots, size, 4 * side), (count) => count > 16 * DOTS);
}

/** Line art whose strokes are whole: a soft pencil leaves the hollows of the paper white. @param {Float32Array} lines @param {Size} size */
function withoutHoles(lines, size) {
  const reach = Math.max(1, Math.round(HOLE * Math.min(...size)));
  const closed = close(mask(lines, (light) => light < Math.fround(0.6)), size, disk(Math.max(1, reach >> 1)));
  const inside = lines.filter((_, i) => closed[i]);
  if (!inside.length || share(mask(inside, (light) => light >= Math.fround(0.6))) < HOLES) return lines;
  const dark = open(lines, size, disk(reach)).map((light) => 1 - light);
  const deep = percentile(dark.filter((value) => value > Math.fround(0.3)), 30);
  return dark.map((value) => 1 - cut(value / deep));
}

