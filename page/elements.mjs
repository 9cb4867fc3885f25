// Elements of the page, in one line each.

/**
 * @param {string} tag
 * @param {Record<string, any>} [properties] of the element; those in `aria` and `dataset` go where their names say
 * @param {...(Node | string)} children
 * @returns {any}
 */
export function make(tag, { aria = {}, dataset = {}, ...properties } = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  for (const [name, value] of Object.entries(aria)) element.setAttribute(`aria-${name}`, value);
  Object.assign(element.dataset, dataset);
  element.append(...children);
  return element;
}

/** @param {any} canvas @param {{width: number, height: number, pixels: Uint8ClampedArray<ArrayBuffer>}} picture RGBA */
export function paintCanvas(canvas, { width, height, pixels }) {
  Object.assign(canvas, { width, height });
  canvas.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
}

/** @param {string} text @param {string} title what it does @param {() => void} onclick */
export const button = (text, title, onclick) => make("button", { type: "button", title, onclick }, text);
