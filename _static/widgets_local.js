// Shows the last state of the widgets in a built page, from files of this site only.
// The files are those of tools/vendor.py; a page without widgets loads none of them.
window.addEventListener(
  "load",
  async () => {
    if (!document.querySelector('script[type="application/vnd.jupyter.widget-state+json"]')) return;
    const root = new URL((document.documentElement.dataset.content_root || "./") + "vendor/", location.href).href;
    const load = (name) =>
      new Promise((resolve, reject) => {
        const script = Object.assign(document.createElement("script"), { src: root + name });
        Object.assign(script, { onload: resolve, onerror: reject });
        document.head.append(script);
      });
    // the labels of widgets are typeset by a call that MathJax has had no more since version 3
    if (window.MathJax) MathJax.Hub ??= { Queue: ([, , element]) => MathJax.typesetPromise?.([element]) };
    await load("require.js");
    requirejs.config({ paths: { ipycanvas: root + "ipycanvas" } });
    await load("embed-amd.js"); // draws the widgets when it hears "load"
    window.dispatchEvent(new Event("load"));
  },
  { once: true },
);
