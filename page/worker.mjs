// Beside the page, which never waits for it: loads the network, looks at a picture, and paints it for sets of points.
//
// In:  {type: "open", kind}, {type: "look", picture, shown, kind}, {type: "regions"}, {type: "suggest", points, place},
//      {type: "paint", hints, isFull}, {type: "located", number, url}
// Out: {type: "progress", share}, {type: "locate", number, name}, {type: "looked", gray, kind, note}, {type: "regions", regions},
//      {type: "suggested", colors, logits, light}, {type: "early", painted}, {type: "painted", painted}, {type: "failed", reason}

import { lookAt, planesOf } from "./drawing.mjs";
import { DrawnScene } from "./drawn.mjs";
import { loadAll, once } from "./loading.mjs";
import { Network } from "./network.mjs";
import { Scene } from "./scene.mjs";

const SUGGESTED = 9; // colours for a point
const THREADS = Math.min(2, navigator.hardwareConcurrency); // where the page is isolated (isolate.mjs)
const RUNTIME = "../vendor/ort/";

/** By the kind of picture that they paint. @type {Map<string, Promise<Network>>} */ const networks = new Map();
/** @type {Promise<any> | null} */ let runtime = null;
/** @type {Scene | DrawnScene} */ let scene;

const onProgress = (/** @type {number} */ share) => postMessage({ type: "progress", share });
const graphOf = (/** @type {import("./network.mjs").Graph} */ { file, version, bytes }) => ({ name: `networks/${file}?${version}`, bytes });

/** Who waits for addresses, by their numbers. @type {((url: string) => void)[]} */ const waiting = [];

/** The address of a file, which the page knows. @param {string} name beside this one @returns {Promise<string>} */
function locate(name) {
  return new Promise((resolve) => {
    postMessage({ type: "locate", number: waiting.push(resolve) - 1, name });
  });
}

/** @param {{name: string, bytes: number}[]} parts */
async function fetchAll(parts) {
  return loadAll(await Promise.all(parts.map(async ({ name, bytes }) => ({ url: await locate(name), bytes }))), onProgress);
}

/** @param {string} kind */
async function load(kind) {
  const about = await (await fetch(await locate("networks.json"))).json();
  const description = about.networks.find((/** @type {any} */ network) => network.kind === kind);
  const graphs = [description.paint, description.encode, description.classify].filter(Boolean);
  const wasm = runtime ? [] : [{ name: RUNTIME + about.runtime.file, bytes: about.runtime.bytes }];
  const files = await fetchAll([...graphs.map(graphOf), ...wasm]);
  runtime ??= start(files[graphs.length]).catch((error) => {
    runtime = null;
    throw error;
  });
  const later = async (/** @type {import("./network.mjs").Graph} */ graph) => (await fetchAll([graphOf(graph)]))[0];
  return new Network(await runtime, description, later).open(new Map(graphs.map((graph, n) => [graph, files[n]])));
}

/** @param {Uint8Array} wasm the runtime, which all networks share */
async function start(wasm) {
  const [script, glue] = await Promise.all(["ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs"].map((name) => locate(RUNTIME + name)));
  const ort = await import(script);
  Object.assign(ort.env.wasm, { wasmBinary: wasm.buffer, wasmPaths: { mjs: glue }, numThreads: crossOriginIsolated ? THREADS : 1 });
  return ort;
}

/** A network. @param {string} kind */
const opened = (kind) => once(networks, kind, () => load(kind));

/** What a picture is, told or seen. @param {import("./scene.mjs").Pixels} picture @param {import("./maps.mjs").Size} shown @param {string} kind */
function sceneOf(picture, shown, kind) {
  if (kind === "photo") return new Scene(picture, shown);
  /** @type {import("./maps.mjs").Size} */ const size = [picture.height, picture.width];
  const seen = lookAt(planesOf(picture.pixels), size);
  if (kind === "auto" && !seen.isLineArt && seen.isBlank()) throw new Error("Nothing is drawn on this page: choose another picture, or what it is under “Seen as”.");
  return kind === "drawing" || seen.isLineArt ? new DrawnScene(seen.read(), size, shown) : new Scene(picture, shown);
}

const TASKS = {
  located: ({ number, url }) => waiting[number](url),
  open: ({ kind }) => void opened(kind).catch(() => {}), // whoever paints will be told
  look: ({ picture, shown, kind }) => {
    scene = sceneOf(picture, shown, kind);
    postMessage({ type: "looked", gray: scene.gray, kind: scene.kind, note: scene.note });
  },
  suggest: async ({ points, place }) => {
    const found = await /** @type {Scene} */ (scene).suggest(await opened("photo"), points, place, SUGGESTED);
    postMessage({ type: "suggested", ...found });
  },
  regions: async () => {
    const regions = await /** @type {DrawnScene} */ (scene).regions(await opened("drawing"));
    postMessage({ type: "regions", regions });
  },
  paint: async ({ hints, isFull }) => {
    const painted = await scene.paint(await opened(scene.kind), hints, isFull, (early) => postMessage({ type: "early", painted: early }));
    postMessage({ type: "painted", painted }, { transfer: [painted.pixels.buffer] });
  },
};

addEventListener("message", async ({ data }) => {
  try {
    await TASKS[data.type](data);
  } catch (error) {
    postMessage({ type: "failed", reason: String(error?.message ?? error).split("\n")[0] });
  }
});
