// Elements of the page, in one line each.

/**
 * @param {string} tag
 * @param {Record<string, any>} [properties] of the element
 * @param {...(Node | string)} children
 * @returns {any}
 */
export function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
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
