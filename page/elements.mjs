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

/** Open what is dropped on an element: else the browser leaves the page for it. @param {HTMLElement} element @param {(file: File) => void} open */
export function takeDrops(element, open) {
  element.addEventListener("dragover", (event) => event.preventDefault());
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer?.files[0]) open(event.dataTransfer.files[0]);
  });
}

/** @param {any} canvas @param {{width: number, height: number, pixels: Uint8ClampedArray<ArrayBuffer>}} picture RGBA */
export function paintCanvas(canvas, { width, height, pixels }) {
  Object.assign(canvas, { width, height });
  canvas.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
}

/** @param {string} text @param {string} title what it does @param {() => void} onclick */
export const button = (text, title, onclick) => make("button", { type: "button", title, onclick }, text);
