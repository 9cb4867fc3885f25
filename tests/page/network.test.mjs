// The network in the page, with a runtime that only pretends to compute: what it is asked for, and whom it trusts.

import assert from "node:assert/strict";
import test from "node:test";

import { Network } from "../../page/network.mjs";

const SIDE = 16;
const PARTS = { paint: { file: "paint" }, encode: null, classify: null, enhance: { file: "enhance" } };

/** A runtime that paints brightness as a colour, and what is off by provider. */
function runtime(off, made = []) {
  class Tensor {
    constructor(type, data, dims) {
      Object.assign(this, { type, data, dims });
    }
  }
  const create = async (file, { executionProviders: [provider] }) => {
    made.push(`${file} ${provider}`);
    const run = async ({ condition }) => {
      const data = Float32Array.from([...condition.data, ...condition.data], (value, n) => value / 2 + off(provider, n));
      return { painted: { data, dims: [1, 2, SIDE, SIDE] } };
    };
    return { run };
  };
  return { Tensor, InferenceSession: { create } };
}

const opened = (ort, provider) => {
  const network = new Network(ort, provider, { side: SIDE, multiple: 1, ...PARTS }, async ({ file }) => file);
  return network.open(new Map([[PARTS.paint, "paint"]]));
};

for (const [name, off, isTrusted] of [
  ["paints the same", () => 0, true],
  ["rounds otherwise", (provider) => (provider === "webgpu" ? 1e-4 : 0), true],
  ["is wrong at one pixel", (provider, n) => (provider === "webgpu" && n === 300 ? 0.1 : 0), false],
  ["makes no numbers", (provider) => (provider === "webgpu" ? NaN : 0), false],
]) {
  test(`a graphics card that ${name} is ${isTrusted ? "" : "not "}trusted`, async () => {
    const ort = runtime(off);
    const [quick, steady] = [await opened(ort, "webgpu"), await opened(ort, "wasm")];
    assert.equal(await quick.paintsLike(steady), isTrusted);
  });
}

test("what nobody has compared is left to the processor", async () => {
  const made = [];
  const network = await opened(runtime(() => 0, made), "webgpu");
  const plane = new Float32Array(SIDE * SIDE);
  await network.enhance({ condition: { data: plane } }, { color: [plane, plane], mask: plane }, plane, [plane], [SIDE, SIDE]);
  assert.deepEqual(made, ["paint webgpu", "enhance wasm"]);
});
