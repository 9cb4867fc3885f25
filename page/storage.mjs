// The last sessions, kept by the browser for the next visit: one a picture, and only on this machine.

const PREFIX = "colornb-live:";
const MOST = 12; // pictures

/** @param {string} key of a picture @returns {string | null} the session */
export function recall(key) {
  try {
    return localStorage.getItem(PREFIX + key);
  } catch {
    return null; // a browser may forbid it
  }
}

/** @param {string} key of a picture @param {string} session */
export function keep(key, session) {
  try {
    const keys = JSON.parse(localStorage.getItem(PREFIX) ?? "[]").filter((/** @type {string} */ other) => other !== key);
    for (const old of keys.splice(0, Math.max(0, keys.length + 1 - MOST))) localStorage.removeItem(PREFIX + old);
    localStorage.setItem(PREFIX + key, session);
    localStorage.setItem(PREFIX, JSON.stringify([...keys, key]));
  } catch {
    // then nothing is kept, as before
  }
}
