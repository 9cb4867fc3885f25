// A page that holds <div class="colornb-live"> and this script gets the live picture there; what stands in it goes.

import live from "./live.mjs";

/** From its first touch on, pages of the book that are opened anew run networks on several threads. */
function isolate() {
  navigator.serviceWorker?.register(new URL("../isolate.mjs", import.meta.url)).catch(() => {}); // then on one, as now
}

for (const el of document.querySelectorAll(".colornb-live")) {
  live.render({ model: { get: (name) => el.dataset[name] }, el }).catch(() => {
    el.dataset.state = "failed"; // what stands there, stays
  });
  for (const touch of ["pointerdown", "keydown"]) el.addEventListener(touch, isolate, { once: true });
}
