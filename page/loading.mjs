// Files of some megabytes, with word of how far they have come. The browser keeps them: their addresses tell versions.

/** @typedef {{url: string, bytes: number}} Part */

/**
 * @param {Part[]} parts
 * @param {(share: number) => void} onProgress the share of all of them that has come, in [0, 1]
 * @returns {Promise<Uint8Array<ArrayBuffer>[]>}
 */
export function loadAll(parts, onProgress) {
  const total = parts.reduce((sum, part) => sum + part.bytes, 0);
  let come = 0;
  const onBytes = (/** @type {number} */ bytes) => onProgress(Math.min(1, (come += bytes) / total));
  return Promise.all(parts.map((part) => load(part, onBytes)));
}

/** @param {Part} part @param {(bytes: number) => void} onBytes */
async function load({ url, bytes }, onBytes) {
  const answer = await fetch(url, { cache: "force-cache" }).catch(() => null);
  if (!answer?.ok || !answer.body) throw new Error("The network could not be loaded: look to the connection, and tap again.");
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const reader = answer.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return whole;
    whole.set(value, at);
    at += value.length;
    onBytes(value.length);
  }
}

/**
 * What is made once for each key; where that failed, the next who asks tries again.
 * @template K, T @param {Map<K, Promise<T>>} known @param {K} key @param {() => Promise<T>} act @returns {Promise<T>}
 */
export function once(known, key, act) {
  const made = known.get(key) ?? act();
  known.set(key, made);
  made.catch(() => known.delete(key)); // whoever asked is told
  return made;
}

/** Lets things be done one after the other: each waits for those before it, whether they went well or not.
 * @returns {<T>(act: () => T | Promise<T>) => Promise<T>} */
export function inTurn() {
  /** @type {Promise<unknown>} */ let last = Promise.resolve();
  return (act) => {
    const turn = last.then(act);
    last = turn.catch(() => {}); // whoever asked is told
    return turn;
  };
}
