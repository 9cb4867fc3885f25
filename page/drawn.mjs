// A drawing that waits for colour, and the network that paints it: `Colorizer` of Python, for drawings, points and regions.

import { findAreas } from "./areas.mjs";
import { colorOf } from "./color.mjs";
import { fillAreas, fillFlat, lastAnswers, multiplyInk, stayingWhite } from "./filling.mjs";
import { once } from "./loading.mjs";
import { crop, fillSquare, frameFor, mirrorPad, workingSize, zeroPad } from "./maps.mjs";
import { partAreas } from "./parting.mjs";
import { cut, largest } from "./planes.mjs";
import { AreaRegions } from "./regions.mjs";
import { resize, resizeNearest, shrink } from "./resample.mjs";
import { findWhite } from "./white.mjs";

/** @typedef {import("./planes.mjs").Size} Size */
/** @typedef {import("./scene.mjs").Pixels} Pixels */
/** @typedef {import("./session.mjs").Hints} Hints */
/** What a network has seen of a drawing. @typedef {{frame: import("./maps.mjs").Frame, lines: Float32Array, encoded: any, regions: AreaRegions}} Seen */

export class DrawnScene {
  kind = "drawing";
  /** @type {Map<string, Promise<Seen>>} */ #seen = new Map();
  /** Areas as points parted them last. @type {{given: string, labels: Int32Array} | null} */ #parted = null;
  /** What was painted last for the screen, and for which answers. @type {{given: string[], pixels: Uint8ClampedArray<ArrayBuffer>} | null} */ #shown = null;

  /** @param {import("./drawing.mjs").Drawing} drawing @param {Size} full height and width @param {Size} shown on the screen */
  constructor({ lines, ink, hasInk }, full, shown) {
    if (!hasInk) throw new Error("Nothing is drawn on this page: choose another picture, or see it as a photograph.");
    [this.full, this.shown, this.lines, this.ink] = [full, shown, lines, ink];
    this.white = findWhite(lines, full);
    this.areas = { labels: findAreas(lines, full, this.white), size: full };
    this.shownInk = ink.map((plane) => shrink(plane, full, shown));
    this.note = "";
  }

  /** The ink alone, at the size on the screen. @returns {Pixels} */
  get gray() {
    const none = this.shownInk[0].map(() => 1);
    const white = { labels: new Int32Array(1), size: /** @type {Size} */ ([1, 1]) };
    return pictureOf(multiplyInk([none, none, none], this.shownInk, this.shown, white), this.shown);
  }

  /**
   * What the network asks about: ranks in order, and the rank of each pixel on the screen.
   * @param {import("./network.mjs").Network} network
   */
  async regions(network) {
    const { regions } = await this.#look(network);
    const ranks = regions.owner.map((own) => regions.ranks[own]);
    return { order: regions.order, ranks: resizeNearest(this.areas.labels, this.full, this.shown).map((area) => ranks[area]), size: this.shown };
  }

  /**
   * @param {import("./network.mjs").Network} network @param {Hints} hints
   * @param {boolean} isFull whether at the picture's own size, or for the screen
   * @param {(early: Pixels) => void} [show] what is there before the network has painted: new colours, flat
   * @returns {Promise<Pixels>}
   */
  async paint(network, hints, isFull, show) {
    const { frame, lines, encoded, regions } = await this.#look(network);
    const { areas, answers } = this.#read(hints, regions);
    const [size, ink] = isFull ? [this.full, this.ink] : [this.shown, this.shownInk];
    const large = { labels: resizeNearest(areas.labels, areas.size, size), size };
    const given = answers.map((answer) => JSON.stringify(answer));
    const fresh = given.map((text) => !this.#shown?.given.includes(text));
    if (!isFull && this.#shown && fresh.includes(true)) show?.(pictureOf(fillFlat(this.#shown.pixels, large.labels, answers, fresh, ink), size));
    const own = resizeNearest(areas.labels, areas.size, frame.inner);
    const planes = await network.paint(encoded, hintPlanes(own, answers, frame), frame.size);
    const small = planes.map((plane) => crop(plane, frame).map((value) => cut((value + 1) / 2)));
    const points = new Uint8Array(own.length);
    for (const point of hints.points) fillSquare(points, frame.inner, point, 1);
    const painted = fillAreas(small, lines, frame.inner, large, answers, points);
    const pixels = multiplyInk(painted, ink, size, stayingWhite(this.white, frame.inner, own, answers));
    if (!isFull) this.#shown = { given, pixels: pixels.slice() };
    return pictureOf(pixels, size);
  }

  /** What hints say of the areas: points of several colours in one part it. @param {Hints} hints @param {AreaRegions} regions */
  #read({ points, regions: asked }, regions) {
    const [height, width] = this.full;
    const at = (/** @type {number} */ share, /** @type {number} */ side) => Math.min(side - 1, Math.trunc(share * side));
    const places = points.map(({ x, y }) => at(y, height) * width + at(x, width));
    const colors = new Map(points.map(({ color }, n) => [places[n], color]));
    const given = JSON.stringify([...colors]);
    if (given !== this.#parted?.given) this.#parted = { given, labels: partAreas(this.areas, this.lines, colors) };
    const areas = { labels: this.#parted.labels, size: this.full };
    const answers = [
      ...asked.map(({ rank, color }) => ({ color: colorOf(color), areas: regions.find(rank) })),
      ...points.map(({ color }, n) => ({ color: colorOf(color), areas: [areas.labels[places[n]]] })),
    ];
    return { areas, answers };
  }

  /** @param {import("./network.mjs").Network} network @returns {Promise<Seen>} */
  #look(network) {
    return once(this.#seen, this.kind, () => this.#encode(network));
  }

  /** @param {import("./network.mjs").Network} network */
  async #encode(network) {
    const frame = frameFor([], workingSize(this.full, network.side), network.multiple);
    const lines = resize(this.lines, this.full, frame.inner);
    const encoded = await network.encode(mirrorPad(lines.map((light) => 2 * light - 1), frame), frame.size);
    const { data, dims } = encoded.regions;
    const area = frame.size[0] * frame.size[1];
    const ranks = new Float32Array(area).map((_, i) => {
      for (let rank = 0; rank < dims[1]; rank++) if (data[rank * area + i] > 0.5) return rank;
      return 0;
    });
    const pixels = Int32Array.from(crop(ranks, frame));
    return { frame, lines, encoded, regions: new AreaRegions(this.areas, this.white, pixels, dims[1], lines, frame.inner) };
  }
}

/** @param {Uint8ClampedArray<ArrayBuffer>} pixels @param {Size} size @returns {Pixels} */
const pictureOf = (pixels, [height, width]) => ({ width, height, pixels });

/** Hints in which each answer fills its areas. @param {Int32Array} own areas at the network's size
 * @param {readonly import("./filling.mjs").Answer[]} answers @param {import("./maps.mjs").Frame} frame */
function hintPlanes(own, answers, frame) {
  const last = lastAnswers(answers, largest(own) + 1);
  const given = new Float32Array(own.length).map((_, i) => Number(last[own[i]] >= 0));
  const color = [0, 1, 2].map((c) => given.map((is, i) => (is ? 2 * answers[last[own[i]]].color[c] - 1 : 0)));
  return { color: color.map((plane) => zeroPad(plane, frame)), mask: zeroPad(given, frame) };
}
