// Shows the last state of the widgets in a built page, from files of this site only.
// The files are those of tools/vendor.py; a page without widgets loads none of them.
document.addEventListener("DOMContentLoaded", async () => {
  if (!document.querySelector('script[type="application/vnd.jupyter.widget-state+json"]')) return;
  const root = new URL((document.documentElement.dataset.content_root || "./") + "vendor/", location.href).href;
  const load = (name) =>
    new Promise((resolve, reject) => {
      const script = Object.assign(document.createElement("script"), { src: root + name, onload: resolve, onerror: reject });
      document.head.append(script);
    });
  await load("require.js");
  requirejs.config({ paths: { ipycanvas: root + "ipycanvas" } });
  await load("embed-amd.js"); // draws on window "load", which may have passed by now
  if (document.readyState === "complete") window.dispatchEvent(new Event("load"));
});
