// Pictures in and out: a file as pixels on white paper, and pixels as a PNG.

import { scaled } from "./planes.mjs";

/**
 * An opened picture on white; `alpha` is how much of it covers what lies below, if not all does. `shown` are the height
 * and width it is painted at for the screen, `key` is the same for the same one.
 * @typedef {{name: string, width: number, height: number, pixels: Uint8ClampedArray<ArrayBuffer>, alpha: Uint8Array | null,
 *   shown: [number, number], note: string, kind: "auto" | "photo" | "drawing", key: string}} Picture
 */

const MAX_SIDE = 4096; // as colornb.load_image has it
const MAX_SHOWN = 900; // pixels of the longer side on the screen
const STRIP = 4; // times as long as wide, or less: a longer one has as many pixels as a square of these sides, and ..
const LONGEST = 16384; // .. is no longer than any browser's canvas

/**
 * Any picture that the browser reads, upright and in sRGB. Throws an Error, in one line, for anything else.
 * @param {Blob} file @param {string} name @param {Picture["kind"]} [kind] where it is known @returns {Promise<Picture>}
 */
export async function readPicture(file, name, kind = "auto") {
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Error(`“${name}” is no picture that this browser reads: choose a JPEG, PNG or WebP.`);
  });
  const [height, width] = limited([bitmap.height, bitmap.width], MAX_SIDE);
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  const alpha = alphaOf(context.getImageData(0, 0, width, height).data);
  Object.assign(context, { fillStyle: "white", globalCompositeOperation: "destination-over" });
  context.fillRect(0, 0, width, height);
  const note = width < bitmap.width ? `It was read smaller, at ${width} × ${height}.` : "";
  const { data: pixels } = context.getImageData(0, 0, width, height);
  return { name, width, height, pixels, alpha, shown: limited([height, width], MAX_SHOWN), note, kind, key: digest(pixels, width) };
}

/** @param {Uint8ClampedArray} pixels RGBA */
function alphaOf(pixels) {
  const alpha = Uint8Array.from({ length: pixels.length / 4 }, (_, i) => pixels[4 * i + 3]);
  return alpha.every((value) => value === 255) ? null : alpha;
}

/** A short name for these pixels (FNV-1a). @param {Uint8ClampedArray} pixels @param {number} width */
function digest(pixels, width) {
  let hash = 0x811c9dc5 ^ width;
  for (let i = 0; i < pixels.length; i++) hash = Math.imul(hash ^ pixels[i], 0x01000193);
  return `${width}-${(hash >>> 0).toString(16)}`;
}

/** @param {[number, number]} size @param {number} most pixels a side @returns {[number, number]} */
function limited(size, most) {
  const [short, long] = size.slice().sort((a, b) => a - b);
  return scaled(size, Math.min(1, LONGEST / long, most / (long <= STRIP * short ? long : (short * long) ** 0.5)));
}

/** @param {import("./scene.mjs").Pixels} picture @param {Uint8Array | null} alpha of the picture that it was painted on */
export function toPng({ width, height, pixels }, alpha) {
  alpha?.forEach((value, i) => {
    for (let c = 4 * i; value && c < 4 * i + 3; c++) pixels[c] = 255 + ((pixels[c] - 255) * 255) / value; // the white goes
    pixels[4 * i + 3] = value;
  });
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
  return canvas.convertToBlob({ type: "image/png" });
}

/** Hand a file to the reader. @param {Blob} blob @param {string} name */
export function download(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // by then the browser has begun to write
}
