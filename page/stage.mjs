// The picture with its points on it. What a hand does here becomes a call of one of `actions`; nothing else changes.

import { make, paintCanvas } from "./elements.mjs";
import { erode, square } from "./morphology.mjs";
import { cut, mask } from "./planes.mjs";

/** @typedef {import("./scene.mjs").Pixels} Pixels */
/** In [0, 1]. @typedef {{x: number, y: number}} Place */
/**
 * @typedef {object} Actions
 * @property {(place: Place) => void} add
 * @property {(number: number) => void} choose
 * @property {(number: number, place: Place) => void} move
 * @property {(number: number) => void} remove
 * @property {(path: Place[]) => void} scribble
 */

const STEP = 0.01; // of the picture, for an arrow key; ten times as far with Shift
const LINE = 3 / 256; // of the shorter side: how wide a line is
const STILL = 3; // pixels: a hand that moves less means to click
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const [ACCENT, WHITE, FAINT, NONE] = [[214, 51, 132, 255], [255, 255, 255, 255], [214, 51, 132, 90], [0, 0, 0, 0]];
const percent = (/** @type {number} */ share) => `${Math.round(1000 * share) / 10}%`;

export class Stage {
  /** Whether a hand draws lines instead of points. */ isScribbling = false;
  /** The line that is being drawn. @type {Place[]} */ #line = [];
  /** The picture that is drawn. @type {any} */ pictureOf = null;
  /** @type {HTMLButtonElement[]} */ #marks = [];
  /** What is on show. @type {import("./session.mjs").Work} */ #work;
  #actions;

  /** @param {Actions} actions */
  constructor(actions) {
    this.#actions = actions;
    this.painted = make("canvas", { className: "painted" });
    this.gray = make("canvas", { className: "gray" });
    this.lit = make("canvas", { className: "lit" });
    const about = { className: "stage", role: "group", ariaLabel: "Picture", tabIndex: -1 };
    this.element = make("div", about, this.painted, this.lit, this.gray);
    this.element.addEventListener("click", (event) => this.#click(event));
    follow(this.element, (event) => this.#startLine(event), (event) => this.#goOnLine(event), (isDone) => this.#endLine(isDone));
    this.element.addEventListener("keydown", (event) => this.#drawByKeys(event));
    this.compare(0);
  }

  /** @param {"painted" | "gray"} layer @param {Pixels} picture */
  draw(layer, picture) {
    this.element.style.maxWidth = `max(8rem, 70vh * ${picture.width / picture.height})`; // the whole of it is seen at once, but for a long strip
    paintCanvas(this[layer], picture);
  }

  /** Outline the region that is asked about. @param {import("./painter.mjs").Regions | null} regions @param {number | null} rank */
  light(regions, rank) {
    if (regions === null) return this.#drawScribbles();
    this.lit.hidden = rank === null;
    if (rank === null) return;
    const [height, width] = regions.size;
    paintCanvas(this.lit, { width, height, pixels: outlined(regions.ranks, rank, regions.size) });
  }

  /** Show the left `share`, in [0, 1], as it was before. @param {number} share */
  compare(share) {
    this.gray.style.clipPath = `inset(0 ${100 - 100 * share}% 0 0)`;
  }

  /** @param {import("./session.mjs").Work} work */
  show(work) {
    const { points, chosen } = (this.#work = work);
    while (this.#marks.length < points.length) this.#addMark(this.#marks.length);
    while (this.#marks.length > points.length) this.#dropMark();
    points.forEach((point, n) => {
      const mark = this.#marks[n];
      place(mark, point);
      mark.style.setProperty("--color", point.color);
      const where = `${percent(point.x)} from the left, ${percent(point.y)} from the top`;
      Object.assign(mark, { ariaPressed: String(n === chosen), ariaLabel: `Point ${n + 1}, ${point.color}, ${where}` });
    });
  }

  /** Take the tool that draws lines along edges, or put it down. @param {boolean} isTaken */
  useScribbles(isTaken) {
    this.isScribbling = isTaken;
    this.element.tabIndex = isTaken ? 0 : -1;
    this.element.classList.toggle("scribbling", isTaken);
    this.element.ariaLabel = isTaken ? "Picture: arrow keys draw a line, Enter ends it, Escape takes it back" : "Picture";
    this.#drawScribbles([]);
  }

  /** @param {Place[]} line that is being drawn */
  #drawScribbles(line = this.#line) {
    this.#line = line;
    const { width, height } = this.painted;
    const path = line.map(({ x, y }) => /** @type {const} */ ([x, y]));
    const all = [...this.#work.scribbles, ...(line.length ? [{ path, width: LINE }] : [])];
    this.lit.hidden = !all.length;
    Object.assign(this.lit, { width, height });
    const context = this.lit.getContext("2d");
    Object.assign(context, { lineCap: "round", lineJoin: "round" });
    for (const { path, width: share } of all) {
      context.beginPath();
      path.forEach(([x, y]) => context.lineTo(x * width, y * height));
      if (path.length === 1) context.lineTo(path[0][0] * width, path[0][1] * height);
      for (const [style, more] of /** @type {[string, number][]} */ ([["#000a", 2], ["#ffd43b", 0]])) {
        Object.assign(context, { strokeStyle: style, lineWidth: share * Math.min(width, height) * 0.6 + more });
        context.stroke();
      }
    }
  }

  /** @param {PointerEvent} event */
  #startLine(event) {
    const isLine = this.isScribbling && event.target instanceof HTMLCanvasElement;
    if (isLine) this.#drawScribbles([this.#placeOf(event)]);
    return isLine;
  }

  /** @param {PointerEvent} event */
  #goOnLine(event) {
    if (this.isScribbling) this.#drawScribbles([...this.#line, this.#placeOf(event)]);
  }

  /** @param {boolean} isDone */
  #endLine(isDone) {
    const line = this.#line;
    if (line.length) this.#drawScribbles([]);
    if (line.length && isDone) this.#actions.scribble(line);
  }

  /** @param {KeyboardEvent} event */
  #drawByKeys(event) {
    const arrow = ARROWS[event.key];
    if (!this.isScribbling || event.target !== this.element || isShortcut(event)) return;
    if (arrow) {
      const line = this.#line.length ? this.#line : [{ x: 0.5, y: 0.5 }];
      const next = stepped(line[line.length - 1], arrow, 2);
      this.#drawScribbles(event.shiftKey ? [next] : [...line, next]); // with Shift it goes there without a line
    } else if (event.key === "Enter" || event.key === "Escape") this.#endLine(event.key === "Enter");
    else return;
    event.preventDefault();
  }

  /** Let keys go to a point. @param {number} number */
  focus(number) {
    this.#marks[number]?.focus({ preventScroll: true });
  }

  /** @param {number} number */
  #addMark(number) {
    const title = "Drag it, or move it with the arrow keys; Delete takes it away";
    const mark = make("button", { type: "button", className: "mark", title });
    mark.onclick = () => this.#actions.choose(number);
    mark.onkeydown = (/** @type {KeyboardEvent} */ event) => this.#press(event, number);
    this.#makeDraggable(mark, number);
    this.#marks.push(mark);
    this.element.append(mark);
  }

  /** Keys that went to a point that is no more go to the picture, so that they still undo. */
  #dropMark() {
    const mark = this.#marks.pop();
    if (mark === document.activeElement) this.element.focus({ preventScroll: true });
    mark?.remove();
  }

  /** @param {HTMLButtonElement} mark @param {number} number */
  #makeDraggable(mark, number) {
    /** @type {Place | null} */ let moved = null;
    /** @type {PointerEvent} */ let start;
    const begin = (/** @type {PointerEvent} */ event) => Boolean((start = event));
    const drag = (/** @type {PointerEvent} */ event) => {
      if (!moved && Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) < STILL) return;
      moved = this.#placeOf(event);
      place(mark, moved);
    };
    follow(mark, begin, drag, (isDone) => {
      if (moved && isDone) this.#actions.move(number, moved);
      else if (moved) place(mark, this.#work.points[number]);
      moved = null;
    });
  }

  /** @param {KeyboardEvent} event @param {number} number */
  #press(event, number) {
    const arrow = ARROWS[event.key];
    if (isShortcut(event)) return;
    if (arrow) this.#actions.move(number, stepped(this.#work.points[number], arrow, event.shiftKey ? 10 : 1));
    else if (event.key === "Delete" || event.key === "Backspace") this.#actions.remove(number);
    else return;
    event.preventDefault();
  }

  /** @param {MouseEvent} event */
  #click(event) {
    if (event.target instanceof HTMLCanvasElement && !this.isScribbling) this.#actions.add(this.#placeOf(event));
  }

  /** @param {MouseEvent} event */
  #placeOf({ clientX, clientY }) {
    const { left, top, width, height } = this.painted.getBoundingClientRect();
    return { x: cut((clientX - left) / width), y: cut((clientY - top) / height) };
  }
}

/** Follow a hand from where it comes down, if it is taken up there. @param {HTMLElement} element @param {(event: PointerEvent) => boolean} begin
 * @param {(event: PointerEvent) => void} move @param {(isDone: boolean) => void} end done or given up */
function follow(element, begin, move, end) {
  element.addEventListener("pointerdown", (event) => begin(event) && element.setPointerCapture(event.pointerId));
  element.addEventListener("pointermove", (event) => element.hasPointerCapture(event.pointerId) && move(event));
  element.addEventListener("pointerup", () => end(true));
  element.addEventListener("pointercancel", () => end(false));
}

/** @param {HTMLElement} mark @param {Place} at */
const place = (mark, { x, y }) => Object.assign(mark.style, { left: percent(x), top: percent(y) });
/** From a place on, by so many steps of an arrow key. @param {Place} from @param {number[]} arrow @param {number} steps @returns {Place} */
const stepped = ({ x, y }, [right, down], steps) => ({ x: cut(x + steps * STEP * right), y: cut(y + steps * STEP * down) });
const isShortcut = (/** @type {KeyboardEvent} */ event) => event.ctrlKey || event.metaKey || event.altKey;

/**
 * A mark around all that is of one rank, and a light hatch on it, so that thin pieces are seen, too.
 * @param {Int32Array} ranks @param {number} rank @param {[number, number]} size
 */
function outlined(ranks, rank, size) {
  const inside = mask(ranks, (own) => own === rank);
  const fine = Math.max(1, Math.round(inside.length ** 0.5 / 450));
  const [line, halo] = [1, 2].map((reach) => erode(inside, size, square(2 * reach * fine + 1)));
  const pixels = new Uint8ClampedArray(4 * inside.length);
  for (let i = 0; i < inside.length; i++) {
    if (!inside[i]) continue;
    const x = i % size[1];
    const isHatch = (x + (i - x) / size[1]) % (10 * fine) < fine;
    const color = !line[i] ? ACCENT : !halo[i] ? WHITE : isHatch ? FAINT : NONE;
    pixels.set(color, 4 * i);
  }
  return pixels;
}
