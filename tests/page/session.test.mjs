import assert from "node:assert/strict";
import test from "node:test";

import { Store, add, answer, askedOf, begin, change, checkFit, choose, freePlace, fromJson, goBack, goOn, remove, saySame, scribble, seeAs, toJson, unanswer, unscribble } from "../../page/session.mjs";

const RED = "#ff0000";
const BLUE = "#0000ff";
const two = () => add(add(begin("p"), { x: 0.1, y: 0.2, color: RED }), { x: 0.7, y: 0.8, color: BLUE });

test("a new point lies over the others and is chosen", () => {
  const work = two();
  assert.equal(work.chosen, 1);
  assert.deepEqual(work.points.map(({ color }) => color), [RED, BLUE]);
});

test("the chosen point changes, and no other", () => {
  const work = change(choose(two(), 0), { x: 0.5, color: BLUE });
  assert.deepEqual(work.points.map(({ x, y, color }) => [x, y, color]), [[0.5, 0.2, BLUE], [0.7, 0.8, BLUE]]);
});

test("a point stays in the picture", () => {
  const { points } = change(two(), { x: 1.3, y: -2 });
  assert.deepEqual([points[1].x, points[1].y], [1, 0]);
});

test("the chosen point is deleted, and none is chosen then", () => {
  const work = remove(choose(two(), 0));
  assert.equal(work.chosen, null);
  assert.deepEqual(work.points.map(({ color }) => color), [BLUE]);
});

test("what was done is undone and done again, and followers are told", () => {
  const store = new Store(begin("p"));
  const seen = [];
  store.subscribe(({ points }) => seen.push(points.length));
  store.commit(add(store.work, { x: 0.1, y: 0.2, color: RED }));
  store.commit(begin("another picture"));
  store.undo();
  assert.deepEqual([store.work.picture, store.work.points.length], ["p", 1]);
  store.undo();
  assert.ok(!store.canUndo);
  store.undo();
  store.redo();
  store.redo();
  assert.deepEqual([store.work.picture, store.canRedo], ["another picture", false]);
  assert.deepEqual(seen, [1, 0, 1, 0, 1, 0]);
});

test("a new step ends what could be done again, and to choose makes no step", () => {
  const store = new Store(begin("p"));
  store.commit(two());
  store.undo();
  store.commit(choose(store.work, null));
  assert.ok(store.canRedo);
  store.commit(two());
  assert.ok(!store.canRedo);
});

test("hints may say what their picture is, and then it is that", () => {
  const picture = { name: "p", kind: "auto" };
  assert.equal(begin(picture, { kind: undefined, points: [] }).picture, picture);
  const work = begin(picture, fromJson('{"colornb": 1, "hints": [], "kind": "photo"}'));
  assert.deepEqual(work.picture, { name: "p", kind: "photo" });
  assert.ok(!("kind" in work));
  assert.equal(fromJson('{"colornb": 1, "hints": [], "kind": "auto"}').kind, undefined);
});

test("points stay when a picture is said to be of the other kind, and of the rest it says what brings it back", () => {
  const picture = { name: "p", kind: "auto", note: "" };
  const work = answer({ ...two(), picture }, 3, RED);
  const photo = seeAs(work, "photo");
  assert.deepEqual([photo.points, photo.regions, photo.picture.kind], [work.points, [], "photo"]);
  assert.match(photo.picture.note, /Undo brings back the colours of its regions/);
  assert.equal(seeAs({ ...two(), picture }, "photo").picture.note, "");
  assert.match(seeAs(scribble({ ...photo, picture }, [{ x: 0, y: 0 }]), "drawing").picture.note, /Undo brings back its scribbles/);
});

test("hints of a file are those on the page that it was saved from", () => {
  const work = answer(change(two(), { x: 0.123456789 }), 3, RED);
  assert.ok(saySame(fromJson(toJson(work, {}, [3])), work));
  assert.ok(!saySame(fromJson(toJson(work, {}, [3])), change(choose(work, 0), { color: BLUE })));
});

test("hints of another picture are refused in one line that says what to open", () => {
  const [region, edge] = [{ points: [], regions: [{ rank: 2, color: RED }], scribbles: [] }, scribble(begin("p"), [{ x: 0, y: 0 }])];
  checkFit(region, "drawing", [0, 2]);
  checkFit(edge, "photo", []);
  assert.throws(() => checkFit(region, "photo", []), /regions of a drawing: open that/);
  assert.throws(() => checkFit(edge, "drawing", [0]), /scribbles on a photograph: open that/);
  assert.throws(() => checkFit(region, "drawing", [0, 1]), /region 2, which this drawing has not/);
});

test("there is room in the middle first, then far from all points", () => {
  const first = freePlace(begin("p"));
  assert.deepEqual([first.x, first.y], [0.5, 0.5]);
  const second = freePlace(add(begin("p"), { ...first, color: RED }));
  assert.ok(Math.hypot(second.x - 0.5, second.y - 0.5) > 0.6);
});

test("a session comes back as it was", () => {
  const scribbles = [{ path: [[0.1, 0.2], [0.3, 0.4]], width: 0.01 }];
  const work = { ...goOn(answer(two(), 3, RED), [3, 5]), scribbles, skipped: [7] };
  const found = fromJson(toJson(work, { kind: "drawing", checkpoint: { name: "n", sha256: "0" } }, [3, 5, 7]));
  assert.deepEqual(found, { points: work.points, regions: [{ rank: 3, color: RED }], scribbles, skipped: [7], kind: "drawing" });
});

test("regions are asked about in order, and what has no colour is skipped", () => {
  const order = [0, 2, 5];
  let work = answer(begin("p"), askedOf(begin("p"), order), RED);
  assert.equal(askedOf(work, order), 0, "other colours may be tried");
  work = goOn(work, order);
  assert.deepEqual([askedOf(work, order), work.skipped], [2, []]);
  work = goOn(work, order);
  assert.deepEqual([askedOf(work, order), work.skipped], [5, [2]]);
  work = goOn(answer(work, 5, BLUE), order);
  assert.equal(askedOf(work, order), null);
  work = answer(goBack(goBack(work, order), order), 2, BLUE);
  assert.deepEqual([work.skipped, work.regions.map(({ rank }) => rank)], [[], [0, 5, 2]]);
  assert.equal(askedOf(goOn(work, order), order), null, "all have one");
});

test("a region asked about again has one colour, and what was answered is undone", () => {
  const store = new Store(begin("p"));
  store.commit(answer(store.work, 0, RED));
  store.commit(answer(store.work, 0, BLUE));
  assert.deepEqual(store.work.regions, [{ rank: 0, color: BLUE }]);
  store.undo();
  assert.deepEqual(store.work.regions, [{ rank: 0, color: RED }]);
  store.commit(unanswer(store.work, 0));
  assert.deepEqual([store.work.regions, askedOf(store.work, [0, 1])], [[], 0]);
});

test("a scribble stays in the picture, and the last one is taken away", () => {
  const work = scribble(scribble(begin("p"), [{ x: -0.1, y: 0.5 }]), [{ x: 0.2, y: 0.3 }, { x: 2, y: 0.3 }]);
  assert.deepEqual(work.scribbles.map(({ path }) => path), [[[0, 0.5]], [[0.2, 0.3], [1, 0.3]]]);
  assert.equal(unscribble(work).scribbles.length, 1);
});

for (const [text, reason] of [
  ["no JSON", /no hint file/],
  ['{"colornb": 2, "hints": []}', /no hint file/],
  ['{"colornb": 1, "hints": [{"kind": "lasso", "path": [], "color": "#ff0000"}]}', /Hint 0 is of a kind/],
  ['{"colornb": 1, "hints": [{"kind": "region", "rank": 1.5, "color": "#ff0000"}]}', /Hint 0 is broken/],
  ['{"colornb": 1, "hints": [{"kind": "region", "rank": 1, "part": 0, "color": "#ff0000"}]}', /Hint 0 is about a piece/],
  ['{"colornb": 1, "hints": [{"kind": "edge", "path": [[0, 2]]}]}', /Hint 0 is broken/],
  ['{"colornb": 1, "hints": [{"kind": "point", "x": 2, "y": 0, "color": "#ff0000"}]}', /Hint 0 is broken/],
  ['{"colornb": 1, "hints": [{"kind": "point", "x": 0, "y": 0, "color": "red"}]}', /Hint 0 is broken/],
  ['{"colornb": 1, "hints": [null]}', /Hint 0/],
]) {
  test(`refused in one line: ${text}`, () => {
    assert.throws(() => fromJson(text), (error) => reason.test(error.message) && !error.message.includes("\n"));
  });
}
