// Beside the page, which never waits for it: loads the network, looks at a picture, and paints it for sets of points.
//
// In:  {type: "open"}, {type: "look", picture, shown}, {type: "paint", points, isFull}
// Out: {type: "progress", share}, {type: "looked", gray}, {type: "painted", painted}, {type: "failed", reason}

import { loadAll } from "./loading.mjs";
import { Network } from "./network.mjs";
import { Scene } from "./scene.mjs";

const RUNTIME = new URL("../vendor/ort/", import.meta.url).href;

/** @type {Promise<Network> | null} */ let network = null;
/** @type {Scene} */ let scene;

async function load() {
  const { networks, runtime } = await (await fetch(new URL("networks.json", import.meta.url))).json();
  const [description] = networks;
  const graphs = [description.paint, description.encode].filter(Boolean);
  const parts = [
    { url: RUNTIME + runtime.file, bytes: runtime.bytes },
    ...graphs.map(({ file, bytes, version }) => {
      return { url: new URL(`networks/${file}?${version}`, import.meta.url).href, bytes };
    }),
  ];
  const ort = await import(`${RUNTIME}ort.wasm.min.mjs`);
  const [wasm, paint, encode] = await loadAll(parts, (share) => postMessage({ type: "progress", share }));
  Object.assign(ort.env.wasm, { wasmBinary: wasm.buffer, wasmPaths: RUNTIME, numThreads: 1 });
  return Network.open(ort, description, paint, encode);
}

/** The network, loaded once; where that failed, the next who asks tries again. */
function opened() {
  network ??= load().catch((error) => {
    network = null;
    throw error;
  });
  return network;
}

const TASKS = {
  open: () => void opened().catch(() => {}), // whoever paints will be told
  look: ({ picture, shown }) => {
    scene = new Scene(picture, shown);
    postMessage({ type: "looked", gray: scene.gray });
  },
  paint: async ({ points, isFull }) => {
    const painted = await scene.paint(await opened(), points, isFull);
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
