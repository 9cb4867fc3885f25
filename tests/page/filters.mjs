// What the scripts of page/ make of scribbles and of likely colours, for tests/test_page_filters.py to compare with Python.
import { readFileSync } from "node:fs";

import { chancesOf, meanOf } from "../../page/chances.mjs";
import { contextOf, scribbleMask } from "../../page/filters.mjs";
import { fitGamut, palette } from "../../page/suggest.mjs";

const floats = (row) => Float32Array.from(row);
const { size, condition, painted, color, mask, scribbles, logits, labs, n } = JSON.parse(readFileSync(0, "utf8"));
const scribble = scribbleMask(scribbles, size);
const context = contextOf(floats(condition), painted.map(floats), { color: color.map(floats), mask: floats(mask) }, scribble, size);
const answers = {
  scribble: [...scribble],
  context: context.map((plane) => [...plane]),
  palettes: logits.map((row) => palette(row, n)),
  means: logits.map((row) => meanOf(chancesOf(row, 0.38))),
  colors: labs.map((lab) => fitGamut(...lab)),
};
process.stdout.write(JSON.stringify(answers));
