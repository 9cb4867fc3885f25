// A network in the browser: its two graphs, run by onnxruntime-web.

/**
 * What tools/export_page.py says of a network.
 * @typedef {{name: string, sha256: string, side: number, multiple: number, notice: string,
 *   encode: Graph | null, paint: Graph}} Description
 */
/** @typedef {{file: string, bytes: number, version: string}} Graph */
/** @typedef {import("./maps.mjs").Size} Size */

export class Network {
  #ort;
  #encode;
  #paint;

  /** @param {any} ort @param {Description} description @param {any} paint @param {any} encode */
  constructor(ort, description, paint, encode) {
    this.#ort = ort;
    this.#encode = encode;
    this.#paint = paint;
    this.side = description.side;
    this.multiple = description.multiple;
  }

  /**
   * @param {any} ort onnxruntime-web
   * @param {Description} description
   * @param {Uint8Array} paint the graph for each change of a hint
   * @param {Uint8Array} [encode] that for what happens once a picture, where there is something
   */
  static async open(ort, description, paint, encode) {
    const once = encode && (await ort.InferenceSession.create(encode));
    return new Network(ort, description, await ort.InferenceSession.create(paint), once);
  }

  /**
   * All that does not depend on hints.
   * @param {Float32Array} condition lightness, or lines, -1 to 1 @param {Size} size
   * @returns {Promise<Record<string, any>>} what `paint` takes
   */
  async encode(condition, size) {
    const seen = { condition: this.#tensor(condition, 1, size) };
    return { ...seen, ...(await this.#encode?.run(seen)) };
  }

  /**
   * @param {Record<string, any>} seen
   * @param {{color: Float32Array[], mask: Float32Array}} hints @param {Size} size
   * @returns {Promise<Float32Array[]>} a and b over 110, or red, green and blue from -1 to 1
   */
  async paint(seen, { color, mask }, size) {
    const area = mask.length;
    const all = new Float32Array(color.length * area);
    color.forEach((plane, n) => all.set(plane, n * area));
    const hints = { color: this.#tensor(all, color.length, size), mask: this.#tensor(mask, 1, size) };
    const { painted } = await this.#paint.run({ ...seen, ...hints });
    return color.map((_, n) => painted.data.subarray(n * area, (n + 1) * area));
  }

  /** @param {Float32Array} data @param {number} channels @param {Size} size */
  #tensor(data, channels, size) {
    return new this.#ort.Tensor("float32", data, [1, channels, ...size]);
  }
}
