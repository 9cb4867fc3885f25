// Paint in the page: a picture, points of colour, and the network that spreads them, without a kernel or a server.
//
// One way through it: a hand -> `Store.commit` -> the stage and the controls show the work, the painter paints it.
// `render` has the shape of an anywidget; mount.mjs calls it for a page.

import { Controls } from "./controls.mjs";
import { make } from "./elements.mjs";
import { Painter } from "./painter.mjs";
import { download, readPicture, toPng } from "./picture.mjs";
import { Stage } from "./stage.mjs";
import { Store, add, begin, change, choose, freePlace, fromJson, remove, toJson } from "./session.mjs";

const WELCOME = "Tap the picture to put a point there, then try colours for it. Drag a point to move it.";
const FIRST_COLOR = "#2a8c93";

/**
 * @param {{model: {get: (name: string) => any}, el: HTMLElement}} place `base` of the model is where these files lie
 * @returns {Promise<() => void>} what takes it off the page
 */
export async function render({ model, el }) {
  const base = model.get("base") || new URL("./", import.meta.url).href;
  const [sample] = await Promise.all([readSample(base), addStyles(new URL("live.css", base).href)]);
  const live = new Live(base, sample);
  el.replaceChildren(live.element);
  return () => live.close();
}

/** Nothing is shown before it has its looks. @param {string} href */
function addStyles(href) {
  if (document.querySelector(`link[href="${href}"]`)) return Promise.resolve();
  return new Promise((resolve) => {
    document.head.append(make("link", { rel: "stylesheet", href, onload: resolve, onerror: resolve }));
  });
}

/** @param {string} base */
async function readSample(base) {
  const get = async (/** @type {string} */ name) => (await fetch(new URL(name, base))).blob();
  const [gray, painted] = await Promise.all(
    ["coffee.webp", "coffee_painted.webp"].map(async (name) => readPicture(await get(name), "coffee.webp")),
  );
  return { gray, painted, points: fromJson(await (await get("coffee.json")).text()) };
}

class Live {
  #color = FIRST_COLOR;
  #isLoaded = false;
  #base;

  /** @param {string} base @param {Awaited<ReturnType<typeof readSample>>} sample */
  constructor(base, { gray, painted, points }) {
    this.#base = base;
    this.store = new Store(begin(gray, points));
    this.painter = new Painter(base, (share) => this.#showProgress(share));
    const open = (/** @type {File} */ file) => this.#try(() => this.#open(file));
    const move = (/** @type {number} */ n, /** @type {number} */ x, /** @type {number} */ y) => {
      this.store.commit(change(choose(this.store.work, n), { x, y }));
    };
    const take = (/** @type {number} */ n) => this.#remove(n);
    this.stage = new Stage({ add: (x, y) => this.#add({ x, y }), choose: (n) => this.#choose(n), move, remove: take, open });
    this.controls = new Controls({
      pick: (color) => this.#pick(color),
      addSomewhere: () => this.#add(freePlace(this.store.work)),
      removeChosen: () => this.#remove(this.store.work.chosen),
      undo: () => this.store.undo(),
      redo: () => this.store.redo(),
      compare: (share) => this.stage.compare(share),
      open,
      savePicture: () => this.#try(() => this.#savePicture()),
      saveSession: () => this.#try(() => this.#saveSession()),
    });
    this.element = make("div", { className: "live" }, this.stage.element, this.controls.element);
    this.element.addEventListener("pointerdown", () => this.painter.open(), { once: true });
    this.element.addEventListener("keydown", (event) => this.#press(event));
    this.#begin(gray, painted);
  }

  close() {
    this.painter.close();
  }

  /** @param {import("./picture.mjs").Picture} gray @param {import("./picture.mjs").Picture} painted */
  #begin(gray, painted) {
    this.stage.draw("gray", gray);
    this.stage.draw("painted", painted);
    this.shown = this.store.work;
    this.store.subscribe((work) => this.#show(work));
    this.#showWork(this.shown);
    this.#state("ready", WELCOME);
  }

  /** @param {import("./session.mjs").Work} work */
  #showWork(work) {
    this.stage.show(work);
    this.controls.show(this.store, work.points[work.chosen ?? -1]?.color ?? this.#color);
  }

  /** The one place that follows the store. @param {import("./session.mjs").Work} work */
  #show(work) {
    const before = this.shown;
    this.shown = work;
    this.#showWork(work);
    if (work.picture !== before.picture) this.#try(() => this.#showPicture(work.picture));
    if (work.picture !== before.picture || work.points !== before.points) this.#try(() => this.#paint(work));
  }

  /** @param {import("./picture.mjs").Picture} picture */
  async #showPicture(picture) {
    const gray = await this.painter.gray(picture);
    if (picture !== this.shown.picture) return;
    this.stage.draw("gray", gray);
    this.stage.draw("painted", gray);
  }

  /** @param {import("./session.mjs").Work} work */
  async #paint(work) {
    this.#state("painting", this.#isLoaded ? "Painting…" : "Loading the network, once…");
    const start = performance.now();
    const painted = await this.painter.paint(work.picture, work.points);
    const seconds = this.#isLoaded ? ` in ${((performance.now() - start) / 1000).toFixed(2)} s` : "";
    this.#isLoaded = true;
    if (!painted || work.picture !== this.shown.picture) return;
    this.stage.draw("painted", painted);
    if (work.points !== this.shown.points) return; // the next one comes
    this.#state("painted", `Painted here${seconds}: nothing left this page. ${work.picture.note}`);
  }

  /** @param {{x: number, y: number}} place */
  #add({ x, y }) {
    this.store.commit(add(this.store.work, { x, y, color: this.#color }));
    this.stage.focus(this.store.work.points.length - 1);
  }

  /** @param {number} number */
  #choose(number) {
    this.#color = this.store.work.points[number].color;
    this.store.commit(choose(this.store.work, number));
  }

  /** @param {number | null} number */
  #remove(number) {
    this.store.commit(remove(choose(this.store.work, number)));
    this.controls.add.focus({ preventScroll: true });
  }

  /** @param {string} color */
  #pick(color) {
    this.#color = color;
    const { work } = this.store;
    this.store.commit(work.chosen === null ? choose(work, null) : change(work, { color }));
  }

  /** A picture begins anew; a hint file brings points for the one on show. @param {File} file */
  async #open(file) {
    const { picture } = this.store.work;
    const isSession = file.name.toLowerCase().endsWith(".json");
    this.store.commit(isSession ? begin(picture, fromJson(await file.text())) : begin(await readPicture(file, file.name)));
  }

  async #savePicture() {
    const { work } = this.store;
    const { picture, points } = work;
    this.#state("painting", "Painting at full size…");
    const painted = await this.painter.paintFull(picture, points);
    download(await toPng(painted), `${stem(picture.name)}_painted.png`);
    if (work === this.shown) this.#state("painted", `Saved at ${picture.width} × ${picture.height}.`);
  }

  async #saveSession() {
    const { networks } = await (await fetch(new URL("networks.json", this.#base))).json();
    const text = toJson(this.store.work, { name: networks[0].name, sha256: networks[0].sha256 });
    download(new Blob([text], { type: "application/json" }), `${stem(this.store.work.picture.name)}.json`);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.key === "Escape") this.store.commit(choose(this.store.work, null));
    const key = event.key.toLowerCase();
    if (!(event.ctrlKey || event.metaKey) || !["z", "y"].includes(key)) return;
    event.preventDefault();
    if (key === "y" || event.shiftKey) this.store.redo();
    else this.store.undo();
  }

  /** @param {number} share */
  #showProgress(share) {
    if (this.element.dataset.state === "painting") this.controls.say("Loading the network, once…", share);
  }

  /** Tell a failure in one line; the work stays as it was. @param {() => Promise<void>} task */
  async #try(task) {
    try {
      await task();
    } catch (error) {
      this.#state("failed", error.message);
    }
  }

  /** @param {"ready" | "painting" | "painted" | "failed"} state @param {string} text */
  #state(state, text) {
    this.element.dataset.state = state;
    this.controls.say(text);
  }
}

/** @param {string} name */
const stem = (name) => name.replace(/\.[^.]*$/, "");

export default { render };
