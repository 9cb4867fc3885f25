// What stands beside the picture: colours, buttons, the curtain, and a line that tells what is going on.

import { button, make } from "./elements.mjs";

const SWATCHES = {
  brick: "#b5452c", orange: "#e08a2e", gold: "#e8c547", grass: "#6d8f3c", pine: "#2f6b4f", teal: "#2a8c93",
  sky: "#7db3dd", navy: "#2e4f96", violet: "#7a5299", rose: "#d17f97", skin: "#d9a98c", wood: "#8a6242",
  stone: "#8c8c86", cream: "#eadfc8",
}; // prettier-ignore

const ASK = ["Ask me", "Load the network, and show the first region that it asks about"];
const SCRIBBLE = "Draw along an edge that colour has bled across";
const NO_SCRIBBLE = "Scribbles are for photographs: in a drawing, lines hold the colours.";
const HOW_LIKELY = "Choose a point to see what colours are likely there.";

/**
 * @typedef {object} Actions
 * @property {(color: string) => void} pick
 * @property {() => void} add where there is most room
 * @property {() => void} remove what is chosen
 * @property {() => void} undo
 * @property {() => void} redo
 * @property {(isTaken: boolean) => void} useScribbles
 * @property {() => void} goOn
 * @property {() => void} goBack
 * @property {(share: number) => void} compare
 * @property {(file: File) => void} open
 * @property {(kind: "photo" | "drawing") => void} openSample
 * @property {(kind: "photo" | "drawing") => void} seeAs
 * @property {() => void} takeUp
 * @property {() => void} savePicture
 * @property {() => void} saveSession
 */

export class Controls {
  /** @param {Actions} actions */
  constructor(actions) {
    this.actions = actions;
    this.swatches = Object.entries(SWATCHES).map(([name, color]) => this.#swatch(color, name, name));
    this.other = make("input", { type: "color", title: "Any other colour", ariaLabel: "Any other colour" });
    this.other.onchange = () => actions.pick(this.other.value);
    this.add = button("Add a point", "Put a point where there is most room; the arrow keys move it", () => actions.add());
    this.remove = button("Delete", "Take the chosen point away (Delete); without one, the colour of the region, or the last scribble", () => actions.remove());
    this.undo = button("Undo", "Take the last step back (Ctrl+Z)", () => actions.undo());
    this.redo = button("Redo", "Take the step again (Ctrl+Shift+Z)", () => actions.redo());
    this.likely = make("div", { className: "line likely", role: "group", ariaLabel: "Likely colours" });
    this.suggest([]);
    this.scribbles = button("Scribble", SCRIBBLE, () => actions.useScribbles(this.scribbles.ariaPressed !== "true"));
    this.why = make("span", {}, NO_SCRIBBLE);
    this.question = make("span", { className: "question" });
    this.back = button("Back", "Ask again about the region before this one", () => actions.goBack());
    this.next = button("Skip", "", () => actions.goOn());
    this.regions = make("div", { className: "line regions", role: "group", ariaLabel: "Regions", hidden: true }, this.question, this.back, this.next);
    this.taken = button("Take up your earlier work", "The hints that you gave on this picture before", () => actions.takeUp());
    this.photo = button("Photograph", "The photograph that the page began with", () => actions.openSample("photo"));
    this.drawing = button("Drawing", "A line drawing, whose regions are asked about", () => actions.openSample("drawing"));
    const kinds = Object.entries({ photo: "a photograph", drawing: "a drawing" });
    this.seen = make("select", { title: "What the picture is, if it was guessed wrong" }, ...kinds.map(([value, text]) => make("option", { value }, text)));
    this.seen.onchange = () => actions.seeAs(this.seen.value);
    this.curtain = make("input", { type: "range", min: 0, max: 100, value: 0, title: "How much is shown as it was before" });
    this.curtain.oninput = () => actions.compare(this.curtain.value / 100);
    this.file = make("input", { type: "file", accept: "image/*,.json", title: "It stays on this page: nothing is uploaded" });
    this.file.onchange = () => {
      if (this.file.files[0]) actions.open(this.file.files[0]);
      this.file.value = ""; // so that the same file can be chosen again
    };
    this.save = button("Save the picture", "At its own size, as PNG", () => actions.savePicture());
    this.session = button("Save the hints", "As a .json that the Studio and colorize --hints read", () => actions.saveSession());
    this.status = make("p", { className: "status", role: "status" });
    this.progress = make("progress", { max: 1, hidden: true, ariaLabel: "Progress" });
    this.element = this.#layOut();
  }

  /** @param {string} color @param {string} title @param {string} ariaLabel */
  #swatch(color, title, ariaLabel) {
    return Object.assign(button("", title, () => this.actions.pick(color)), { className: "swatch", value: color, ariaLabel, style: `--color: ${color}` });
  }

  /** @param {import("./session.mjs").Store} store @param {string} color the one in hand */
  show({ work, canUndo, canRedo }, color) {
    for (const swatch of this.swatches) swatch.ariaPressed = String(swatch.value === color);
    this.other.value = color;
    this.undo.disabled = !canUndo;
    this.redo.disabled = !canRedo;
    this.remove.disabled = work.chosen === null && !work.scribbles.length;
  }

  /** Colours that are likely for the chosen point. @param {string[]} colors */
  suggest(colors) {
    const swatches = colors.map((color) => this.#swatch(color, color, `Likely: ${color}`));
    this.likely.replaceChildren(...(swatches.length ? swatches : [make("span", {}, HOW_LIKELY)]));
  }

  /** What the picture is, if that is known, and which tool is in hand. @param {boolean} isScribbling @param {"photo" | "drawing"} [kind] */
  showTool(isScribbling, kind) {
    const isDrawing = kind === "drawing";
    Object.assign(this.scribbles, { ariaPressed: String(isScribbling), disabled: isDrawing, title: isDrawing ? NO_SCRIBBLE : SCRIBBLE });
    this.why.hidden = !isDrawing;
    this.likely.hidden = isDrawing;
    this.seen.value = kind ?? "";
  }

  /**
   * What is asked about, if anything is. @param {{order: readonly number[], asked: number | null, isAnswered: boolean} | null} about
   * @param {boolean} isOpen whether something can be asked about as soon as the network is there
   */
  ask(about, isOpen) {
    const { order = [], asked = null, isAnswered = false } = about ?? {};
    this.regions.hidden = !about && !isOpen;
    this.back.hidden = !about;
    this.back.disabled = asked === order[0];
    this.next.disabled = about !== null && asked === null;
    if (isAnswered) this.remove.disabled = false;
    const [next, title] = !about ? ASK : isAnswered ? ["Next", "Go on to the next region"] : ["Skip", "Leave it to the network, and go on"];
    Object.assign(this.next, { textContent: next, title });
    if (!about) this.question.textContent = "The network asks for one colour after another.";
    else if (asked === null) this.question.textContent = "Every region was asked about. A colour is now for the area that you tap next; Back asks again.";
    else this.question.textContent = `Region ${order.indexOf(asked) + 1} of ${order.length}: which colour?`;
  }

  /** @param {string} text @param {number | null} [share] how much has been done, where something is; null where nobody knows */
  say(text, share) {
    this.status.textContent = text;
    this.progress.hidden = share === undefined;
    if (share === null) this.progress.removeAttribute("value");
    else if (share !== undefined) this.progress.value = share;
  }

  #layOut() {
    const line = (/** @type {string} */ name, /** @type {(Node | string)[]} */ ...parts) => make("div", { className: `line ${name}` }, ...parts);
    const label = (/** @type {string} */ name, /** @type {string} */ text, /** @type {Node} */ input) =>
      make("label", { className: name }, text, input);
    return make(
      "div",
      { className: "controls" },
      this.regions,
      Object.assign(line("colors", ...this.swatches, this.other), { role: "group", ariaLabel: "Colour" }),
      this.likely,
      line("steps", this.undo, this.redo, this.remove, this.add, this.scribbles, this.why),
      label("curtain", "Before", this.curtain),
      this.taken,
      line("samples", "Try", this.photo, this.drawing),
      line("files", label("file", "Your own picture…", this.file), this.save, this.session),
      label("seen", "Seen as", this.seen),
      this.status,
      this.progress,
    );
  }
}
