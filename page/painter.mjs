// The page's side of the worker: one thing is asked at a time, and of pictures for the screen only the latest.

import { inTurn } from "./loading.mjs";

/** @typedef {import("./picture.mjs").Picture} Picture */
/** @typedef {import("./scene.mjs").Pixels} Pixels */
/** @typedef {import("./session.mjs").Hints} Hints */
/** A picture as it waits for colour, what it was taken for, and what is to be said of it. @typedef {{gray: Pixels, kind: "photo" | "drawing", note: string}} Looked */
/** What is asked about: ranks in order, and the rank of each pixel on the screen. @typedef {{order: number[], ranks: Int32Array, size: [number, number]}} Regions */

export class Painter {
  /** @type {Promise<Worker> | null} */ #worker = null;
  /** @type {{resolve: (answer: any) => void, reject: (error: Error) => void, onEarly?: (painted: Pixels) => void} | null} */ #asked = null;
  #inTurn = inTurn();
  /** @type {Picture | null} */ #looked = null;
  #turn = 0;
  #locate;
  #onProgress;

  /** @param {import("./samples.mjs").Locate} locate @param {(share: number) => void} onProgress of loading, in [0, 1] */
  constructor(locate, onProgress) {
    this.#locate = locate;
    this.#onProgress = onProgress;
  }

  /** Load the network for a kind of picture, if nobody has begun to. @param {string} kind */
  open(kind) {
    if (!this.#worker) this.#post({ type: "open", kind });
  }

  /** @param {Picture} picture @returns {Promise<Looked>} */
  look(picture) {
    return this.#inTurn(() => this.#look(picture));
  }

  /**
   * The painted picture, at its own size or for the screen; null of these where another was asked for meanwhile.
   * @param {Picture} picture @param {Hints} hints @param {boolean} [isFull]
   * @param {(painted: Pixels) => void} [onEarly] what is there sooner, of a drawing for the screen
   * @returns {Promise<import("./scene.mjs").Painted | null>}
   */
  paint(picture, { points, regions, scribbles }, isFull = false, onEarly) {
    const turn = isFull ? null : (this.#turn += 1);
    const message = { type: "paint", hints: { points, regions, scribbles }, isFull };
    return this.#inTurn(async () => (isFull || turn === this.#turn ? (await this.#askOf(picture, message, onEarly)).painted : null));
  }

  /** Likely colours for one of the points, from all others. @param {Picture} picture @param {Hints["points"]} points
   * @param {{x: number, y: number}} place @returns {Promise<{colors: string[], logits?: Float32Array, light?: number}>} */
  suggest(picture, points, place) {
    const turn = this.#turn;
    return this.#inTurn(() => (turn === this.#turn ? this.#askOf(picture, { type: "suggest", points, place }) : { colors: [] }));
  }

  /** Of a drawing. @param {Picture} picture @returns {Promise<Regions>} */
  regions(picture) {
    return this.#inTurn(async () => (await this.#askOf(picture, { type: "regions" })).regions);
  }

  close() {
    this.#worker?.then((worker) => worker.terminate());
  }

  /** What the worker says of a picture, which it looks at first. @param {Picture} picture @param {object} message
   * @param {(painted: Pixels) => void} [onEarly] */
  async #askOf(picture, message, onEarly) {
    if (picture !== this.#looked) await this.#look(picture);
    return this.#ask(message, onEarly);
  }

  /** @param {Picture} picture @returns {Promise<Looked>} */
  async #look(picture) {
    const { width, height, pixels, shown, kind } = picture;
    this.#looked = null;
    const looked = await this.#ask({ type: "look", picture: { width, height, pixels }, shown, kind });
    this.#looked = picture;
    return looked;
  }

  /** @param {object} message @param {(painted: Pixels) => void} [onEarly] @returns {Promise<any>} */
  #ask(message, onEarly) {
    return new Promise((resolve, reject) => {
      this.#asked = { resolve, reject, onEarly };
      this.#post(message);
    });
  }

  /** @param {object} message */
  async #post(message) {
    this.#worker ??= this.#start();
    (await this.#worker).postMessage(message);
  }

  async #start() {
    const worker = new Worker(await this.#locate("worker.mjs"), { type: "module" });
    worker.onmessage = async ({ data }) => {
      if (data.type === "progress") this.#onProgress(data.share);
      else if (data.type === "early") this.#asked?.onEarly?.(data.painted);
      else if (data.type === "locate") worker.postMessage({ ...data, type: "located", url: await this.#locate(data.name) });
      else if (data.type === "failed") this.#asked?.reject(new Error(data.reason));
      else this.#asked?.resolve(data);
    };
    worker.onerror = () => this.#asked?.reject(new Error("This browser could not start the painter."));
    return worker;
  }
}
