// What the scripts of page/ make of drawings on standard input, for tests/test_page_drawings.py to compare with Python.
import { readFileSync, writeFileSync } from "node:fs";

import { lookAt, planesOf } from "../../page/drawing.mjs";
import { DrawnScene } from "../../page/drawn.mjs";

/** A network whose regions are stripes of the page, and which paints waves over its hints. */
class Waves {
  side = 64;
  multiple = 16;
  n = 5;
  encode(condition, [height, width]) {
    const data = new Float32Array(this.n * height * width);
    for (let i = 0; i < height * width; i++) data[Math.floor((i % width) / 14) % this.n * height * width + i] = 1;
    return Promise.resolve({ condition, regions: { data, dims: [1, this.n, height, width] } });
  }
  paint({ condition }, { color, mask }) {
    return Promise.resolve(color.map((plane, c) => plane.map((value, i) => Math.tanh(value + mask[i] / 4 + 0.3 * condition[i] + Math.sin(i / 90 + c)))));
  }
}

async function take({ file, height, width, hints }) {
  const pixels = Uint8ClampedArray.from(readFileSync(file));
  const seen = lookAt(planesOf(pixels), [height, width]);
  const scene = new DrawnScene(seen.read(), [height, width], [height, width]);
  const regions = await scene.regions(new Waves());
  const painted = await scene.paint(new Waves(), hints, true);
  const before = await scene.paint(new Waves(), { points: [], regions: [] }, false);
  let early = before;
  await scene.paint(new Waves(), hints, false, (picture) => (early = picture));
  const write = (name, array) => writeFileSync(`${file}.${name}`, array);
  write("lines", scene.lines);
  scene.ink.forEach((plane, c) => write(`ink${c}`, plane));
  write("white", scene.white.labels);
  write("areas", scene.areas.labels);
  write("ranks", regions.ranks);
  write("painted", painted.pixels);
  write("before", before.pixels);
  write("early", early.pixels);
  return { isLineArt: seen.isLineArt, order: regions.order, isGray: scene.ink.length === 1 };
}

const answers = [];
for (const drawing of JSON.parse(readFileSync(0, "utf8"))) answers.push(await take(drawing));
process.stdout.write(JSON.stringify(answers));
