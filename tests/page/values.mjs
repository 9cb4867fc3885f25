// What the scripts of page/ make of the cases on standard input, for tests/test_page.py to compare with Python.
import { readFileSync } from "node:fs";

import { encodeColor, joinLightness, lightnessOfPixels } from "../../page/color.mjs";
import { Scene } from "../../page/scene.mjs";
import { add, begin, freePlace, toJson } from "../../page/session.mjs";

/** A network that keeps what it is given, and paints waves. */
class Recorder {
  side = 256;
  multiple = 32;
  async encode(condition, size) {
    Object.assign(this, { condition, size });
  }
  paint(_, { color: [a, b], mask }) {
    this.hints = [...a, ...b, ...mask];
    return Promise.resolve([a.map((_, i) => 0.5 * Math.sin(i / 100)), b.map((_, i) => 0.5 * Math.cos(i / 130))]);
  }
}

async function paint({ width, height, pixels, points }) {
  const network = new Recorder();
  const scene = new Scene({ width, height, pixels: Uint8ClampedArray.from(pixels) }, [height, width]);
  const painted = await scene.paint(network, { points }, true);
  return { size: network.size, condition: [...network.condition], hints: network.hints, painted: [...painted.pixels] };
}

const { pixels, colors, light, ab, pictures } = JSON.parse(readFileSync(0, "utf8"));
const [a, b] = ab.map((plane) => Float32Array.from(plane));
const work = add(begin("a picture"), { ...freePlace(begin("a picture")), color: "#ff8800" });
const answers = {
  lightness: [...lightnessOfPixels(Uint8ClampedArray.from(pixels))],
  encoded: colors.map(encodeColor),
  joined: [...joinLightness(Float32Array.from(light), [a, b])],
  painted: await Promise.all(pictures.map(paint)),
  session: toJson(work, { kind: "photo", checkpoint: { name: "efficient_unet-photo3", sha256: "0" } }),
};
process.stdout.write(JSON.stringify(answers));
