// Paint in the page: a picture, hints of colour, and the network that spreads them, without a kernel or a server.
//
// One way through it: a hand -> `Store.commit` -> the stage and the controls show the work, the painter paints it.
// `render` has the shape of an anywidget; mount.mjs calls it for a page.

import { Controls } from "./controls.mjs";
import { make, takeDrops } from "./elements.mjs";
import { MAPS } from "./insight.mjs";
import { Painter } from "./painter.mjs";
import { inTurn } from "./loading.mjs";
import { download, readPicture, toPng } from "./picture.mjs";
import { FIRST_COLOR, GUESSED, NAMES, SEEN_AS, WELCOMES, addStyles, fetchFile, readSample, stem } from "./samples.mjs";
import { Stage } from "./stage.mjs";
import { Store, add, answer, askedOf, begin, change, checkFit, choose, freePlace, fromJson, goBack, goOn, isAlike, remove, saySame, scribble, seeAs, toJson, unanswer, unscribble } from "./session.mjs";
import { keep, recall } from "./storage.mjs";

/**
 * What is told of it, by name: which `sample` and `tool` to begin with, or a `picture`
 * and the hints for it (`given`); which `map` to show beside it. All that is decided goes to `session`. @typedef {{get: (name: string) => any, set?: (name: string, value: any) => void,
 *   save_changes?: () => void}} Model
 */

/**
 * @param {{model: Model, el: HTMLElement, locate?: import("./samples.mjs").Locate}} place where its files are is `locate`
 * @returns {Promise<() => void>} what takes it off the page
 */
export async function render({ model, el, locate = (name) => new URL(name, import.meta.url).href }) {
  const name = model.get("sample") === "drawing" ? "drawing" : "photo";
  const [sample] = await Promise.all([readSample(locate, name), addStyles(await locate("live.css"))]);
  const live = new Live(locate, sample, (session) => {
    model.set?.("session", session);
    model.save_changes?.();
  });
  el.replaceChildren(live.element);
  if (model.get("tool") === "scribble") live.useScribbles(true);
  if (model.get("map") in MAPS) live.showMap(model.get("map"));
  live.start(model.get("picture"), model.get("given"));
  return () => live.painter.close();
}

/** What a hand does on the stage and the controls becomes new work here. */
class Live {
  #color = FIRST_COLOR;
  #inTurn = inTurn();
  #question = ""; // what colours were last asked for
  /** @type {Set<string>} */ #loaded = new Set();
  /** @type {WeakMap<object, import("./painter.mjs").Looked>} */ #looked = new WeakMap();
  /** @type {WeakMap<object, import("./painter.mjs").Regions>} */ #regions = new WeakMap();
  /** Of pictures that are offered, by their kinds. @type {{[kind: string]: import("./session.mjs").Work}} */ #samples;
  #locate;
  #tell;

  /** @param {import("./samples.mjs").Locate} locate @param {Awaited<ReturnType<typeof readSample>>} sample @param {(session: string) => void} tell all that is decided */
  constructor(locate, { gray, painted, hints }, tell) {
    this.#locate = locate;
    this.#tell = tell;
    this.#samples = { [gray.kind]: begin(gray, hints) };
    this.store = new Store(this.#samples[gray.kind]);
    this.painter = new Painter(locate, (share) => this.#showProgress(share));
    this.stage = new Stage(this);
    this.controls = new Controls(this);
    this.element = make("div", { className: "live" }, this.stage.element, this.controls.element);
    this.stage.element.addEventListener("pointerdown", () => this.painter.open(this.#kind), { once: true });
    this.element.addEventListener("keydown", (event) => this.#press(event));
    takeDrops(this.element, this.open);
    this.stage.draw("gray", gray);
    this.stage.draw("painted", painted);
    this.store.subscribe((work, before) => this.#show(work, before));
    this.#state("ready", WELCOMES[this.#kind]);
    this.#offer();
    this.#showWork(this.store.work);
  }

  /** Begin with another picture, or other hints. @param {string} [name] of the picture @param {string} [given] */
  start(name, given) {
    return this.#try(async () => {
      const picture = name ? await readPicture(await fetchFile(this.#locate, "picture"), name) : this.store.work.picture;
      if (name || given) this.store.commit(begin(picture, given ? fromJson(given) : {}));
    });
  }

  /** Show more than the picture, see insight.mjs. @param {string} name */
  showMap(name) {
    /** @type {any} */ this.map = new MAPS[name]((/** @type {number} */ rank) => this.store.commit({ ...this.store.work, asked: rank, chosen: null }));
    this.controls.likely.after(this.map.element);
    this.#showWork(this.store.work);
  }

  /** What the picture on show was taken for, if that is known. */
  get #known() {
    const { picture } = this.store.work;
    return picture.kind === "auto" ? this.#looked.get(picture)?.kind : picture.kind;
  }

  /** @returns {"photo" | "drawing"} */
  get #kind() {
    return this.#known ?? "photo";
  }

  /** Ranks of the regions that are asked about. */
  get #order() {
    return this.#regions.get(this.store.work.picture)?.order ?? [];
  }

  /** @param {import("./session.mjs").Work} work */
  #showWork(work) {
    const regions = this.#regions.get(work.picture) ?? null;
    const asked = regions && askedOf(work, regions.order);
    const answered = work.regions.find(({ rank }) => rank === asked)?.color;
    this.stage.show(work);
    this.map?.showWork?.(work, regions);
    this.stage.light(regions, work.chosen === null ? asked : null);
    this.controls.show(this.store, work.points[work.chosen ?? -1]?.color ?? answered ?? this.#color);
    if (this.#kind === "drawing" && this.stage.isScribbling) this.stage.useScribbles(false);
    this.controls.showTool(this.stage.isScribbling, this.#known);
    this.controls.ask(regions && { order: regions.order, asked, isAnswered: Boolean(answered) }, this.#kind === "drawing" && this.element.dataset.state === "ready");
    if (saySame(this.kept, work)) this.controls.taken.hidden = true;
    this.#keepFocus();
  }

  /** Keys that went to a button which is gone, or takes none, go to the picture, so that they still undo. */
  #keepFocus() {
    const focused = /** @type {any} */ (document.activeElement);
    if (this.element.contains(focused) && (focused.disabled || !focused.offsetParent)) this.stage.element.focus({ preventScroll: true });
  }

  /** The one place that follows the store. @param {import("./session.mjs").Work} work @param {import("./session.mjs").Work} before */
  #show(work, before) {
    this.#showWork(work);
    const session = this.#toJson(work, {});
    this.#tell(session);
    if (isAlike(work, before)) return void this.#try(() => this.#advise(work));
    if (work.picture !== before.picture || Object.values(this.#samples).includes(work)) this.#offer();
    else keep(work.picture.key, session);
    this.#try(() => this.#paint(work));
  }

  /** What is opened waits for what was opened before, so that the last choice is on show. @param {() => Promise<void>} task */
  #openInTurn(task) {
    return this.#try(() => this.#inTurn(task));
  }

  /** @param {import("./session.mjs").Work} work @param {import("./session.mjs").Origin} origin */
  #toJson(work, origin) {
    return toJson(work, { kind: this.#known, ...origin }, this.#kind === "drawing" ? this.#order : null);
  }

  /** Work on this picture that was kept, if it is other than what is shown, may be taken up again. */
  #offer() {
    const { work } = this.store;
    const kept = recall(work.picture.key);
    this.kept = kept ? fromJson(kept) : work;
    this.controls.taken.hidden = saySame(this.kept, work);
  }

  takeUp() {
    const { kind, ...hints } = this.kept;
    this.store.commit(begin(this.store.work.picture, kind === this.#kind ? hints : this.kept));
  }

  seeAs = (/** @type {"photo" | "drawing"} */ kind) => this.store.commit(seeAs(this.store.work, kind));

  /** What a picture is, before it is painted. @param {import("./picture.mjs").Picture} picture */
  async #look(picture) {
    this.#state("painting", "Looking at the picture…", null);
    this.stage.draw("painted", picture);
    const looked = await this.painter.look(picture);
    this.#looked.set(picture, looked);
    if (picture !== this.store.work.picture) return;
    this.stage.draw("gray", looked.gray);
    this.stage.draw("painted", looked.gray);
    this.#showWork(this.store.work);
  }

  /** @param {import("./picture.mjs").Picture} picture */
  async #findRegions(picture) {
    if (this.#regions.has(picture)) return;
    this.#regions.set(picture, await this.painter.regions(picture));
    this.#showWork(this.store.work);
  }

  /** @param {import("./session.mjs").Work} work */
  async #paint({ picture }) {
    if (this.stage.pictureOf !== picture) {
      this.stage.pictureOf = picture;
      await this.#look(picture).catch((error) => {
        this.stage.pictureOf = null; // a blank page stays one
        throw error;
      });
    }
    if (picture !== this.store.work.picture) return;
    const kind = this.#kind;
    this.#state("painting", this.#loaded.has(kind) ? "Painting…" : `Loading the network for ${NAMES[kind]}, once…`);
    if (kind === "drawing") await this.#findRegions(picture);
    const start = performance.now();
    const latest = this.store.work; // it may have gone on while the picture was looked at
    const painted = await this.painter.paint(picture, latest, false, (early) => picture === this.store.work.picture && this.stage.draw("painted", early));
    const seconds = this.#loaded.has(kind) ? ` in ${((performance.now() - start) / 1000).toFixed(2)} s` : "";
    this.#loaded.add(kind);
    if (!painted || picture !== this.store.work.picture) return;
    this.stage.draw("painted", painted);
    this.map?.showPainted?.(painted);
    if (!isAlike(latest, this.store.work)) return; // the next one comes
    this.#try(() => this.#advise(this.store.work));
    if (this.element.dataset.state !== "painting") return; // it was painted already: what was said since stays to be read
    const notes = [SEEN_AS[kind], picture.kind === "auto" && GUESSED[kind], picture.note, this.#looked.get(picture)?.note];
    this.#state("painted", [`Painted here${seconds}: nothing left this page.`, ...notes].filter(Boolean).join(" "));
  }

  /** Show what colours are likely for the chosen point, when all others are as they are. @param {import("./session.mjs").Work} work */
  async #advise({ picture, points, chosen }) {
    const point = points[chosen ?? -1];
    const others = points.filter((_, n) => n !== chosen);
    const question = point ? JSON.stringify([picture.key, others, point.x, point.y]) : "";
    if (question === this.#question) return;
    this.#question = question;
    this.controls.suggest([]);
    if (!point || this.#kind === "drawing") return;
    const { colors, logits, light } = await this.painter.suggest(picture, others, point);
    if (question !== this.#question) return;
    if (colors.length) this.controls.suggest(colors);
    if (logits) this.map?.show?.(logits, light ?? 0);
    else this.#question = "?"; // something else came first: it is asked again
  }

  /** @param {boolean} isTaken */
  useScribbles(isTaken) {
    this.stage.useScribbles(isTaken);
    this.#showWork(this.store.work);
    this.controls.say(isTaken ? "Draw along an edge that colour has bled across: colour stops there." : WELCOMES.photo);
  }

  /** Put a point somewhere, or where there is most room. @param {import("./stage.mjs").Place} [place] */
  add(place = freePlace(this.store.work)) {
    this.store.commit(add(this.store.work, { ...place, color: this.#color }));
    this.stage.focus(this.store.work.points.length - 1);
  }

  /** @param {number} number */
  choose(number) {
    this.#color = this.store.work.points[number].color;
    this.store.commit(choose(this.store.work, number));
  }

  move = (/** @type {number} */ number, /** @type {import("./stage.mjs").Place} */ place) => this.store.commit(change(choose(this.store.work, number), place));
  scribble = (/** @type {import("./stage.mjs").Place[]} */ path) => this.store.commit(scribble(this.store.work, path));

  /** Take a point away, the chosen one if none is named; without one, the colour of the region that is asked about, or the last scribble. @param {number | null} [number] */
  remove(number = this.store.work.chosen) {
    const { work } = this.store;
    const asked = askedOf(work, this.#order);
    if (number !== null) this.store.commit(remove(choose(work, number)));
    else this.store.commit(asked === null ? unscribble(work) : unanswer(work, asked));
    this.controls.add.focus({ preventScroll: true });
  }

  /** A colour is for the chosen point, else for the region that is asked about. @param {string} color */
  pick(color) {
    this.#color = color;
    const { work } = this.store;
    const asked = askedOf(work, this.#order);
    if (work.chosen !== null) this.store.commit(change(work, { color }));
    else this.store.commit(asked === null ? choose(work, null) : answer(work, asked, color));
  }

  /** A picture begins anew; a hint file brings hints for the one on show. @param {File} file */
  open = (file) => this.#openInTurn(async () => {
    if (!file.name.toLowerCase().endsWith(".json")) return this.store.commit(begin(await readPicture(file, file.name)));
    const [{ kind, ...hints }, { picture }] = [fromJson(await file.text()), this.store.work];
    if (hints.regions.length && this.#kind === "drawing") await this.#findRegions(picture);
    checkFit(hints, this.#kind, this.#order);
    return this.store.commit(begin(picture, hints));
  });

  /** What the network asks about is known once it has seen the picture. */
  goOn() {
    if (this.#order.length) this.store.commit(goOn(this.store.work, this.#order));
    else this.#try(() => this.#paint(this.store.work));
  }

  /** Of what is offered beside the first, the photograph has its points on it. @param {"photo" | "drawing"} kind */
  openSample = (kind) => this.#openInTurn(async () => {
    if (!this.#samples[kind]) {
      const { gray, hints } = await readSample(this.#locate, kind);
      this.#samples[kind] = begin(gray, kind === "photo" ? hints : {});
    }
    this.store.commit(this.#samples[kind]);
  });

  savePicture = () => this.#try(async () => {
    const { work, work: { picture } } = this.store;
    this.#state("painting", "Painting at full size…");
    const painted = /** @type {import("./scene.mjs").Pixels} */ (await this.painter.paint(picture, work, true));
    const name = `${stem(picture.name)}_painted.png`;
    download(await toPng(painted, this.#kind === "photo" ? picture.alpha : null), name);
    if (work === this.store.work) this.#state("painted", `Saved as ${name}, at ${picture.width} × ${picture.height}.`);
  });

  saveSession = () => this.#try(async () => {
    const { work } = this.store;
    if (!this.#known) this.#looked.set(work.picture, await this.painter.look(work.picture));
    const { networks } = JSON.parse(await (await fetchFile(this.#locate, "networks.json")).text());
    const network = networks.find((/** @type {any} */ one) => one.kind === this.#kind);
    const text = this.#toJson(work, { checkpoint: network.edges }); // without a scribble it paints the same
    const file = `${stem(work.picture.name)}.json`;
    download(new Blob([text], { type: "application/json" }), file);
    this.controls.say(`Saved as ${file}: this page, the Studio and colorize --hints read it.`);
  });

  undo = () => this.store.undo();
  redo = () => this.store.redo();
  goBack = () => this.store.commit(goBack(this.store.work, this.#order));
  compare = (/** @type {number} */ share) => this.stage.compare(share);

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.key === "Escape") this.store.commit(choose(this.store.work, null));
    const key = event.key.toLowerCase();
    if (!(event.ctrlKey || event.metaKey) || !["z", "y"].includes(key)) return;
    event.preventDefault();
    if (key === "y" || event.shiftKey) this.redo();
    else this.undo();
  }

  /** @param {number} share */
  #showProgress(share) {
    if (this.element.dataset.state === "painting") this.controls.say(`Loading the network for ${NAMES[this.#kind]}, once…`, share);
  }

  /** Tell a failure in one line; the work stays as it was. @param {() => Promise<void>} task */
  async #try(task) {
    try {
      await task();
    } catch (error) {
      this.#state("failed", error.message);
    }
  }

  /** @param {"ready" | "painting" | "painted" | "failed"} state @param {string} text @param {null} [share] while nobody knows how long it takes */
  #state(state, text, share) {
    this.element.dataset.state = state;
    this.controls.say(text, share);
  }
}

export default { render };
