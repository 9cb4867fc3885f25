// What may be shown beside the picture: what a network is told, what it thinks of a place, what it asks, what it adds.

import { Chances } from "./chances.mjs";
import { joinLightness } from "./color.mjs";
import { make, paintCanvas } from "./elements.mjs";
import { frameFor, hintMaps, workingSize } from "./maps.mjs";
import { askedOf } from "./session.mjs";

/** @typedef {import("./session.mjs").Work} Work */

const [SIDE, MULTIPLE] = [128, 32]; // of the network for photographs
const LIGHTS = [96, 60]; // at which a and b are shown, where nothing was given and where something was
const DRAW_ONE = "Draw a scribble on a photograph to see what E adds.";
const TURN = 0.382; // of the circle of hues, from one region to the next that is asked about

/** A small picture with its title, hidden as long as there is none. */
class SmallMap {
  /** @param {string} about @param {string} title */
  constructor(about, title) {
    this.canvas = make("canvas", { role: "img", ariaLabel: `${about}: ${title}` });
    this.element = make("div", { hidden: true }, title, this.canvas);
  }

  /** @param {import("./scene.mjs").Pixels} [picture] */
  show(picture) {
    this.element.hidden = !picture;
    if (picture) paintCanvas(this.canvas, picture);
  }
}

const beside = (/** @type {string} */ className, /** @type {SmallMap[]} */ maps, /** @type {Node[]} */ ...rest) =>
  make("div", { className: `insight ${className}` }, ...maps.map(({ element }) => element), ...rest);

/** The hints as a network sees them. */
class HintView {
  maps = ["a and b", "mask"].map((title) => new SmallMap("Hints as the network sees them", title));
  element = beside("hint-maps", this.maps);

  /** @param {Work} work */
  showWork({ picture, points }) {
    const frame = frameFor(points, workingSize([picture.height, picture.width], SIDE), MULTIPLE);
    const { color, mask } = hintMaps(points, frame);
    const [height, width] = frame.size;
    const given = Uint8ClampedArray.from({ length: 4 * mask.length }, (_, i) => (i % 4 === 3 ? 255 : 255 * mask[i >> 2]));
    [joinLightness(mask.map((isGiven) => LIGHTS[isGiven]), color), given].forEach((pixels, n) => this.maps[n].show({ width, height, pixels }));
  }
}

/** The regions that are asked about, each in a colour of its own; a tap asks about one. */
class RegionView {
  map = new SmallMap("Drawing", "Regions: tap one to be asked about it");
  text = make("p");
  element = beside("region-map", [this.map], this.text);

  /** @param {(rank: number) => void} ask */
  constructor(ask) {
    const { canvas } = this.map;
    canvas.onclick = ({ offsetX, offsetY }) => {
      const [height, width] = this.regions?.size ?? [0, 0];
      const rank = this.regions?.ranks[Math.floor((offsetY / canvas.clientHeight) * height) * width + Math.floor((offsetX / canvas.clientWidth) * width)];
      if (this.regions?.order.includes(rank)) ask(rank);
    };
  }

  /** @param {Work} work @param {import("./painter.mjs").Regions | null} regions */
  showWork(work, regions) {
    if (regions !== this.regions) this.map.show(regions ? this.#pictureOf(regions) : undefined);
    this.regions = regions;
    const asked = regions && askedOf(work, regions.order);
    if (!regions) this.text.textContent = "A drawing has regions: “Ask me” shows them.";
    else if (asked === null) this.text.textContent = "Every region was asked about: tap one to change its colour.";
    else this.text.textContent = this.#about(regions, asked);
  }

  /** @param {import("./painter.mjs").Regions} regions @param {number} asked */
  #about({ order, ranks }, asked) {
    const share = ranks.reduce((count, rank) => count + Number(rank === asked), 0) / ranks.length;
    const number = `Number ${order.indexOf(asked) + 1} of ${order.length} that are asked about`;
    return `${number}, rank ${asked} in a hint file: ${(100 * share).toFixed(1)} % of the page.`;
  }

  /** @param {import("./painter.mjs").Regions} regions */
  #pictureOf({ order, ranks, size: [height, width] }) {
    const colors = new Map(order.map((rank, place) => [rank, [0, 1, 2].map((c) => 127 + 97 * Math.cos(2 * Math.PI * (TURN * place + c / 3)))]));
    const pixels = new Uint8ClampedArray(4 * ranks.length).fill(255);
    ranks.forEach((rank, i) => pixels.set(colors.get(rank) ?? [], 4 * i));
    return { width, height, pixels };
  }
}

/** What a scribble changes: the colours without it, and the difference in a and b. */
class AddedView {
  maps = ["without the scribble", "added to a and b"].map((title) => new SmallMap("What E adds", title));
  text = make("p", {}, DRAW_ONE);
  element = beside("added-maps", this.maps, this.text);

  /** @param {import("./scene.mjs").Painted} painted */
  showPainted({ change }) {
    this.maps.forEach((map, n) => map.show(change?.maps[n]));
    if (!change) this.text.textContent = DRAW_ONE;
    else this.text.textContent = `a and b change by at most ${change.most.toFixed(0)} (shown twice as strong), and by more than 2 on ${(100 * change.share).toFixed(0)} % of the picture.`;
  }
}

/** By the name that a page gives. */
export const MAPS = { added: AddedView, chances: Chances, hints: HintView, regions: RegionView };
