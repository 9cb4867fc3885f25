// A service worker: sends pages and workers of the book with the two headers that let a network run on several threads,
// which a server of plain files does not send. All else goes past it.

const HEADERS = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  if (request.mode === "navigate" || request.destination === "worker") event.respondWith(isolated(request));
});

/** @param {Request} request */
async function isolated(request) {
  const answer = await fetch(request);
  if (!answer.ok) return answer; // a redirection has no headers that may be set
  const headers = new Headers([...answer.headers, ...Object.entries(HEADERS)]);
  return new Response(answer.body, { status: answer.status, headers });
}
