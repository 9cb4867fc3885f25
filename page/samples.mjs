// What the page begins with: its looks and words, and pictures that it offers.

import { make } from "./elements.mjs";
import { readPicture } from "./picture.mjs";
import { fromJson } from "./session.mjs";

export const WELCOMES = {
  photo: "Tap the picture to put a point there, then try colours for it. Drag a point to move it.",
  drawing: "Some regions have their colours already. The network asks for more, or tap an area to fill it.",
};
export const FIRST_COLOR = "#2a8c93";
export const SEEN_AS = { photo: "", drawing: "Seen as a line drawing: answer for its regions, or tap an area to fill it." };
export const GUESSED = { photo: "", drawing: "If it is a photograph, say so above." };
export const NAMES = { photo: "photographs", drawing: "drawings" };

/** The address of a file that lies beside this one. @typedef {(name: string) => string | Promise<string>} Locate */

/** Nothing is shown before it has its looks. @param {string} href */
export function addStyles(href) {
  if (document.querySelector(`link[href="${href}"]`)) return Promise.resolve();
  return new Promise((resolve) => {
    document.head.append(make("link", { rel: "stylesheet", href, onload: resolve, onerror: resolve }));
  });
}

/** @param {Locate} locate @param {string} name */
export const fetchFile = async (locate, name) => (await fetch(await locate(name))).blob();

const SAMPLES = { photo: "coffee.webp", drawing: "drawing.png" };

/** A picture that is offered, what was painted on it, and by which hints. @param {Locate} locate @param {"photo" | "drawing"} kind */
export async function readSample(locate, kind) {
  const [name, stemOf] = [SAMPLES[kind], stem(SAMPLES[kind])];
  const read = async (/** @type {string} */ file) => readPicture(await fetchFile(locate, file), name, kind);
  const [gray, painted] = await Promise.all([name, `${stemOf}_painted.webp`].map(read));
  return { gray, painted, hints: fromJson(await (await fetchFile(locate, `${stemOf}.json`)).text()) };
}

/** @param {string} name */
export const stem = (name) => name.replace(/\.[^.]*$/, "");
