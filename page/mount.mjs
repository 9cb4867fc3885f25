// A page that holds <div class="colornb-live"> and this script gets the live picture there; what stands in it goes.

import live from "./live.mjs";

for (const el of document.querySelectorAll(".colornb-live")) {
  live.render({ model: { get: (name) => el.dataset[name] }, el }).catch(() => {
    el.dataset.state = "failed"; // what stands there, stays
  });
}
