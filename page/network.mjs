// A network in the browser: its graphs, run by onnxruntime-web.

import { once } from "./loading.mjs";

/**
 * What tools/export_page.py says of a network; `edges` is what takes scribbles, too, by its graph `enhance`
 * where the page paints with them; it is what paints in Python.
 * @typedef {{name: string, sha256: string, kind: string, side: number, multiple: number, notice: string,
 *   encode: Graph | null, paint: Graph, classify: Graph | null, enhance: Graph | null}} Description
 */
/** @typedef {{file: string, bytes: number, version: string}} Graph */
/** @typedef {import("./maps.mjs").Size} Size */
/** @typedef {{color: Float32Array[], mask: Float32Array}} HintMaps */

const SEEN_BY_PALETTE = "up4"; // the feature map that likely colours are read from, at a quarter of the size

export class Network {
  /** @type {Map<string, Promise<any>>} */ #sessions = new Map();
  #ort;
  #description;
  #load;

  /** @param {any} ort onnxruntime-web @param {Description} description @param {(graph: Graph) => Promise<Uint8Array>} load one graph, when it is needed */
  constructor(ort, description, load) {
    this.#ort = ort;
    this.#description = description;
    this.#load = load;
    this.side = description.side;
    this.multiple = description.multiple;
  }

  /** Begin with the graphs that every picture needs. @param {Map<Graph, Uint8Array>} files */
  async open(files) {
    for (const part of ["paint", "encode", "classify"]) {
      const file = files.get(this.#description[part]);
      if (file) this.#sessions.set(part, this.#ort.InferenceSession.create(file));
    }
    await Promise.all(this.#sessions.values());
    return this;
  }

  /** @param {string} part @param {Record<string, any>} given */
  async #run(part, given) {
    const open = async () => this.#ort.InferenceSession.create(await this.#load(this.#description[part]));
    return (await once(this.#sessions, part, open)).run(given);
  }

  /**
   * All that does not depend on hints.
   * @param {Float32Array} condition lightness, or lines, -1 to 1 @param {Size} size
   * @returns {Promise<Record<string, any>>} what `paint` takes
   */
  async encode(condition, size) {
    const seen = { condition: this.#tensor([condition], size) };
    return this.#description.encode ? { ...seen, ...(await this.#run("encode", seen)) } : seen;
  }

  /** @param {Record<string, any>} seen @param {HintMaps} hints @param {Size} size */
  #given(seen, { color, mask }, size) {
    return { ...seen, color: this.#tensor(color, size), mask: this.#tensor([mask], size) };
  }

  /**
   * @param {Record<string, any>} seen @param {HintMaps} hints @param {Size} size
   * @returns {Promise<Float32Array[]>} a and b over 110, or red, green and blue from -1 to 1
   */
  async paint(seen, hints, size) {
    return planesOf((await this.#run("paint", this.#given(seen, hints, size))).painted);
  }

  /** The same with scribbles. @param {Record<string, any>} seen @param {HintMaps} hints @param {Float32Array} scribble
   * @param {Float32Array[]} context what filters make of the picture @param {Size} size */
  async enhance(seen, hints, scribble, context, size) {
    const given = { ...this.#given(seen, hints, size), scribble: this.#tensor([scribble], size), context: this.#tensor(context, size) };
    return planesOf((await this.#run("enhance", given)).painted);
  }

  /**
   * How likely each class of colours is at a pixel.
   * @param {Record<string, any>} seen @param {HintMaps} hints @param {Size} size @param {[number, number]} place row and column
   * @returns {Promise<Float32Array | null>} null where the network does not tell
   */
  async classify(seen, hints, size, [row, column]) {
    if (!this.#description.classify) return null;
    const map = (await this.#run("paint", this.#given(seen, hints, size)))[SEEN_BY_PALETTE];
    const width = map.dims[3];
    const place = (row >> 2) * width + (column >> 2);
    const features = planesOf(map).map((plane) => Float32Array.of(plane[place]));
    return (await this.#run("classify", { [SEEN_BY_PALETTE]: this.#tensor(features, [1, 1]) })).logits.data;
  }

  /** @param {Float32Array[]} planes @param {Size} size */
  #tensor(planes, size) {
    const data = new Float32Array(planes.length * planes[0].length);
    planes.forEach((plane, n) => data.set(plane, n * plane.length));
    return new this.#ort.Tensor("float32", data, [1, planes.length, ...size]);
  }
}

/** @param {{data: Float32Array, dims: number[]}} tensor @returns {Float32Array[]} */
function planesOf({ data, dims }) {
  const area = dims[2] * dims[3];
  return Array.from({ length: dims[1] }, (_, n) => data.subarray(n * area, (n + 1) * area));
}
