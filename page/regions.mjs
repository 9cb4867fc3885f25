// Regions of a drawing that are made of whole areas: `AreaRegions` of colornb/drawn_page.py.

import { joinCrumbs, sampleAreas } from "./areas.mjs";
import { borders } from "./basins.mjs";
import { largest, mask, sum } from "./planes.mjs";
import { resizeNearest } from "./resample.mjs";

/** @typedef {import("./planes.mjs").Size} Size */
/** @typedef {import("./areas.mjs").Areas} Areas */

const MIN_AREA = 6; // pixels of the network's: a smaller area is asked about with the one beside it
const MIN_REGION = 0.0005; // of the page: the areas of a smaller region join others
const NEIGHBOUR_VOTE = 1e-4; // how much the votes of an area count in one beside it: only where that has none of its own

export class AreaRegions {
  /**
   * @param {Areas} areas of the drawing, at its size
   * @param {Areas} white what stays white
   * @param {Int32Array} pixels the region of each pixel, as the network cuts them
   * @param {number} n how many regions the network has
   * @param {Float32Array} lines at the network's size: 1 for paper
   * @param {Size} size the network's
   */
  constructor(areas, white, pixels, n, lines, size) {
    const weight = lines.map((light) => light ** 4);
    const own = resizeNearest(areas.labels, areas.size, size);
    const paper = mask(weight, (amount) => amount > Math.fround(0.1));
    /** The areas that are asked about, from 0. */
    this.labels = joinCrumbs(own, paper, MIN_AREA, size).map((label) => label - 1);
    this.size = size;
    const m = largest(this.labels) + 1;
    const { numbers, places } = sampleAreas(areas, size);
    /** Which of these each area of the drawing belongs to. */
    this.owner = mostBeside(numbers, places.map((place) => this.labels[place]), largest(areas.labels) + 1, m);
    /** The region of each. */
    this.ranks = elect(votesOf(this.labels, pixels, weight, m, n), this.labels, size);
    const isWhite = mostBeside(this.labels, mask(resizeNearest(white.labels, white.size, size), (number) => number > 0), m, 2);
    /** The region of what stays white comes last. */
    this.ranks.forEach((_, k) => isWhite[k] && (this.ranks[k] = n));
    this.order = [...new Set(this.ranks)].sort((a, b) => a - b);
    this.count = n + Number(largest(white.labels) > 0);
  }

  /** The areas of the drawing that a region is made of. @param {number} rank @returns {number[]} */
  find(rank) {
    if (rank >= this.count) throw new Error(`Region ${rank} does not exist: this picture has regions 0 to ${this.count - 1}.`);
    return [...this.owner.keys()].filter((area) => this.ranks[this.owner[area]] === rank);
  }
}

/** Of `m` other numbers, that which is most often beside each of `n`. @param {ArrayLike<number>} number @param {ArrayLike<number>} other
 * @param {number} n @param {number} m */
function mostBeside(number, other, n, m) {
  const counts = new Int32Array(n * m);
  for (let i = 0; i < number.length; i++) counts[number[i] * m + other[i]] += 1;
  return new Int32Array(n).map((_, k) => first(counts.subarray(k * m, (k + 1) * m)));
}

/** Where the largest value is first. @param {Int32Array | Float64Array | number[]} values */
const first = (values) => values.indexOf(largest(values, -Infinity));

/** How much of the paper of each area lies in each region. @param {Int32Array} labels @param {Int32Array} pixels
 * @param {Float32Array} weight @param {number} m areas @param {number} n regions */
function votesOf(labels, pixels, weight, m, n) {
  const votes = Array.from({ length: m }, () => new Float64Array(n));
  labels.forEach((label, i) => (votes[label][pixels[i]] += weight[i]));
  return votes;
}

/** The rank that has most votes in each area, of those whose areas together can be seen.
 * @param {Float64Array[]} own @param {Int32Array} labels @param {Size} size */
function elect(own, labels, size) {
  const votes = own.map((row) => row.slice());
  for (const { one, other, length } of borders(labels.map((label) => label + 1), new Uint8Array(labels.length), size)) {
    for (const [to, from] of [[one - 1, other - 1], [other - 1, one - 1]]) own[from].forEach((vote, rank) => (votes[to][rank] += NEIGHBOUR_VOTE * length * vote));
  }
  const sizes = new Float64Array(own[0].length);
  for (const row of votes) sizes[first(row)] += sum(row);
  const least = Math.min(MIN_REGION * labels.length, Math.max(...sizes));
  return Int32Array.from(votes, (row) => first(row.map((vote, rank) => (sizes[rank] >= least ? vote : -1))));
}
