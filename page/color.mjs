// sRGB and CIE Lab, as in colornb/color.py: the same matrices, white point and curves.

const RGB_FROM_XYZ = [
  [3.240481343200527, -1.537151516271318, -0.498536326168888],
  [-0.969254949996568, 1.875990001489891, 0.041555926558293],
  [0.055646639135177, -0.204041338366511, 1.057311069645344],
];
const XYZ_FROM_RGB = [
  [0.412453, 0.35758, 0.180423],
  [0.212671, 0.71516, 0.072169],
  [0.019334, 0.119193, 0.950227],
];
const WHITE = [0.95047, 1.0, 1.08883];
export const AB_MAX = 110;

/** @param {number} srgb in [0, 1] */
const linear = (srgb) => (srgb > 0.04045 ? ((srgb + 0.055) / 1.055) ** 2.4 : srgb / 12.92);
/** @param {number} value linear, in [0, 1] */
const gamma = (value) => (value > 0.0031308 ? 1.055 * value ** (1 / 2.4) - 0.055 : value * 12.92);
/** @param {number} t */
const curve = (t) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
/** @param {number} t */
const curveInverse = (t) => (t > 0.2068966 ? t * t * t : (t - 16 / 116) / 7.787);

// A power for each channel of each pixel takes most of the time of a picture: the curve is read from a table, between
// whose entries it is a straight line to a hundredth of a level.
const STEPS = 4096;
const LEVELS = Float32Array.from({ length: STEPS + 2 }, (_, i) => 255 * gamma(i / STEPS));

/** @param {number} value linear light; outside [0, 1] it is cut @returns a level, 0 to 255 */
function level(value) {
  const place = STEPS * Math.min(1, Math.max(0, value));
  const entry = place | 0;
  return LEVELS[entry] + (place - entry) * (LEVELS[entry + 1] - LEVELS[entry]);
}

/**
 * CIE lightness of planes of sRGB in [0, 1].
 * @param {Float32Array[]} planes red, green, blue
 * @returns {Float32Array} in [0, 100]
 */
export function lightness([red, green, blue]) {
  const [r, g, b] = XYZ_FROM_RGB[1];
  return red.map((_, i) => 116 * curve(r * linear(red[i]) + g * linear(green[i]) + b * linear(blue[i])) - 16);
}

/**
 * The same of the pixels of a canvas, whose levels are 256.
 * @param {Uint8ClampedArray} pixels RGBA
 */
export function lightnessOfPixels(pixels) {
  const known = Float32Array.from({ length: 256 }, (_, value) => linear(value / 255));
  const [r, g, b] = XYZ_FROM_RGB[1];
  const light = new Float32Array(pixels.length / 4);
  for (let i = 0, p = 0; i < light.length; i++, p += 4) {
    light[i] = 116 * curve(r * known[pixels[p]] + g * known[pixels[p + 1]] + b * known[pixels[p + 2]]) - 16;
  }
  return light;
}

/** Red, green and blue in [0, 1]. @param {string} color "#rrggbb" */
export const colorOf = (color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255);

/**
 * The a and b of a colour as networks take them, over 110.
 * @param {string} color "#rrggbb"
 * @returns {[number, number]}
 */
export function encodeColor(color) {
  const rgb = colorOf(color).map(linear);
  const [x, y, z] = XYZ_FROM_RGB.map((row, n) => curve(row.reduce((sum, share, i) => sum + share * rgb[i], 0) / WHITE[n]));
  return [(500 * (x - y)) / AB_MAX, (200 * (y - z)) / AB_MAX];
}

/**
 * The pixels of a painted picture.
 * @param {Float32Array} light CIE lightness, 0 to 100
 * @param {Float32Array[]} ab a and b over 110, each as long as `light`
 * @returns {Uint8ClampedArray<ArrayBuffer>} RGBA
 */
export function joinLightness(light, [a, b]) {
  const pixels = new Uint8ClampedArray(4 * light.length);
  const [red, green, blue] = RGB_FROM_XYZ;
  for (let i = 0, p = 0; i < light.length; i++, p += 4) {
    const middle = (light[i] + 16) / 116;
    const x = WHITE[0] * curveInverse(middle + (AB_MAX / 500) * a[i]);
    const y = curveInverse(middle);
    const z = WHITE[2] * curveInverse(Math.max(0, middle - (AB_MAX / 200) * b[i]));
    pixels[p] = level(red[0] * x + red[1] * y + red[2] * z);
    pixels[p + 1] = level(green[0] * x + green[1] * y + green[2] * z);
    pixels[p + 2] = level(blue[0] * x + blue[1] * y + blue[2] * z);
    pixels[p + 3] = 255;
  }
  return pixels;
}

/** Red, green and blue of a colour, which leave [0, 1] where no screen can show it. @param {number} light @param {number} a @param {number} b */
function rgbOfLab(light, a, b) {
  const middle = (light + 16) / 116;
  const xyz = [middle + a / 500, middle, Math.max(0, middle - b / 200)].map((t, n) => WHITE[n] * curveInverse(t));
  return RGB_FROM_XYZ.map((row) => gamma(row.reduce((sum, share, n) => sum + share * xyz[n], 0)));
}

/** @param {number} light @param {number} a @param {number} b */
export const isShown = (light, a, b) => rgbOfLab(light, a, b).every((value) => value >= -2 / 255 && value <= 1 + 2 / 255);
/** @param {number} light @param {number} a @param {number} b */
export const hexOfLab = (light, a, b) =>
  `#${rgbOfLab(light, a, b).map((value) => Math.round(255 * Math.min(1, Math.max(0, value))).toString(16).padStart(2, "0")).join("")}`;
