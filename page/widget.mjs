// The live picture in a notebook, as an anywidget: the kernel hands over its files, so that no server has to have them.

const TYPES = { mjs: "text/javascript", css: "text/css" };
const IMPORTED = /(?<=from ")\.\/([\w.]+)(?=")/g;

/** @param {{model: any, el: HTMLElement}} place */
async function render({ model, el }) {
  const files = new Files(model);
  const live = await import(await files.locate("live.mjs"));
  const close = await live.render({ model, el, locate: files.locate });
  return () => {
    close();
    files.close();
  };
}

/** Files that the kernel has, each asked for once. */
class Files {
  /** Addresses by name. @type {Map<string, Promise<string>>} */ #urls = new Map();
  /** @type {Map<string, (file: DataView) => void>} */ #asked = new Map();
  #model;

  /** @param {any} model */
  constructor(model) {
    this.#model = model;
    model.on("msg:custom", this.#take);
  }

  /** The address of a file. @param {string} name beside live.mjs */
  locate = (name) => {
    const url = this.#urls.get(name) ?? this.#fetch(name);
    this.#urls.set(name, url);
    return url;
  };

  async close() {
    this.#model.off("msg:custom", this.#take);
    for (const url of this.#urls.values()) URL.revokeObjectURL(await url);
  }

  #take = (/** @type {{name: string}} */ { name }, /** @type {DataView[]} */ [file]) => this.#asked.get(name)?.(file);

  /** @param {string} name */
  async #fetch(name) {
    /** @type {DataView} */ const file = await new Promise((resolve) => {
      this.#asked.set(name, resolve);
      this.#model.send({ name });
    });
    const ending = name.split(".").pop() ?? "";
    const content = ending === "mjs" ? await this.#link(new TextDecoder().decode(file)) : file;
    return URL.createObjectURL(new Blob([content], { type: TYPES[ending] ?? "" }));
  }

  /** A module that imports others by their addresses. @param {string} text */
  async #link(text) {
    const names = [...text.matchAll(IMPORTED)].map(([, name]) => name);
    const urls = await Promise.all(names.map(this.locate));
    return text.replace(IMPORTED, (_, name) => urls[names.indexOf(name)]);
  }
}

export default { render };
