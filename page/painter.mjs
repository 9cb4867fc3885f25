// The page's side of the worker: one thing is asked at a time, and of pictures for the screen only the latest.

/** @typedef {import("./picture.mjs").Picture} Picture */
/** @typedef {import("./scene.mjs").Pixels} Pixels */
/** @typedef {readonly import("./session.mjs").Point[]} Points */

export class Painter {
  /** @type {Worker | null} */ #worker = null;
  /** @type {{resolve: (answer: any) => void, reject: (error: Error) => void} | null} */ #asked = null;
  /** @type {Promise<unknown>} */ #last = Promise.resolve();
  /** @type {Picture | null} */ #looked = null;
  #turn = 0;
  #base;
  #onProgress;

  /** @param {string} base where worker.mjs lies @param {(share: number) => void} onProgress of loading, in [0, 1] */
  constructor(base, onProgress) {
    this.#base = base;
    this.#onProgress = onProgress;
  }

  /** Load the network, if nobody has begun to. */
  open() {
    if (!this.#worker) this.#start().postMessage({ type: "open" });
  }

  /** The picture as it waits for colour. @param {Picture} picture @returns {Promise<Pixels>} */
  gray(picture) {
    return this.#inTurn(() => this.#look(picture));
  }

  /**
   * The painted picture for the screen; null where another was asked for meanwhile.
   * @param {Picture} picture @param {Points} points @returns {Promise<Pixels | null>}
   */
  paint(picture, points) {
    const turn = (this.#turn += 1);
    return this.#inTurn(() => (turn === this.#turn ? this.#paint(picture, points, false) : null));
  }

  /** At the picture's own size. @param {Picture} picture @param {Points} points @returns {Promise<Pixels>} */
  paintFull(picture, points) {
    return this.#inTurn(() => this.#paint(picture, points, true));
  }

  close() {
    this.#worker?.terminate();
  }

  /** @param {Picture} picture @param {Points} points @param {boolean} isFull */
  async #paint(picture, points, isFull) {
    if (picture !== this.#looked) await this.#look(picture);
    return (await this.#ask({ type: "paint", points, isFull })).painted;
  }

  /** @param {Picture} picture */
  async #look(picture) {
    const { width, height, pixels, shown } = picture;
    const { gray } = await this.#ask({ type: "look", picture: { width, height, pixels }, shown });
    this.#looked = picture;
    return gray;
  }

  /** @template T @param {() => T | Promise<T>} task @returns {Promise<T>} */
  #inTurn(task) {
    const done = this.#last.then(task);
    this.#last = done.catch(() => {}); // whoever asked is told
    return done;
  }

  /** @param {object} message @returns {Promise<any>} */
  #ask(message) {
    return new Promise((resolve, reject) => {
      this.#asked = { resolve, reject };
      this.#start().postMessage(message);
    });
  }

  #start() {
    if (this.#worker) return this.#worker;
    this.#worker = new Worker(new URL("worker.mjs", this.#base), { type: "module" });
    this.#worker.onmessage = ({ data }) => {
      if (data.type === "progress") this.#onProgress(data.share);
      else if (data.type === "failed") this.#asked?.reject(new Error(data.reason));
      else this.#asked?.resolve(data);
    };
    this.#worker.onerror = () => this.#asked?.reject(new Error("This browser could not start the painter."));
    return this.#worker;
  }
}
