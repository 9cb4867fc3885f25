// What may be shown beside the picture: the hints as a network sees them, or what it thinks of a place.

import { Chances } from "./chances.mjs";
import { joinLightness } from "./color.mjs";
import { make } from "./elements.mjs";
import { frameFor, hintMaps, workingSize } from "./maps.mjs";

const [SIDE, MULTIPLE] = [128, 32]; // of the network for photographs
const LIGHTS = [96, 60]; // at which a and b are shown, where nothing was given and where something was

export class HintView {
  constructor() {
    const planes = { color: "a and b", mask: "mask" };
    const maps = Object.entries(planes).flatMap(([name, title]) => {
      this[name] = make("canvas", { role: "img", ariaLabel: `Hints as the network sees them: ${title}` });
      return [make("div", {}, title), this[name]];
    });
    this.element = make("div", { className: "hint-maps" }, ...maps);
  }

  /** @param {import("./session.mjs").Work} work */
  showWork({ picture, points }) {
    const frame = frameFor(points, workingSize([picture.height, picture.width], SIDE), MULTIPLE);
    const { color, mask } = hintMaps(points, frame);
    draw(this.color, joinLightness(mask.map((isGiven) => LIGHTS[isGiven]), color), frame.size);
    draw(this.mask, Uint8ClampedArray.from({ length: 4 * mask.length }, (_, i) => (i % 4 === 3 ? 255 : 255 * mask[i >> 2])), frame.size);
  }
}

/** By the name that a page gives. */
export const MAPS = { chances: Chances, hints: HintView };

/** @param {any} canvas @param {Uint8ClampedArray<ArrayBuffer>} pixels @param {[number, number]} size */
function draw(canvas, pixels, [height, width]) {
  Object.assign(canvas, { width, height });
  canvas.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
}
