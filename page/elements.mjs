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

/** @param {string} text @param {string} title what it does @param {() => void} onclick */
export const button = (text, title, onclick) => make("button", { type: "button", title, onclick }, text);
