// What the page does by itself for a pad or a studio. It is run whenever the style sheet of one has been loaded: `this`
// is that style sheet. Of pads within a studio, the outermost box is `root`.

/** @type {HTMLElement} */
const pad = this.closest(".colornb-pad");
/** @type {HTMLElement} */
const root = pad.closest(".colornb-studio, .colornb-study") ?? pad;

/** Write how much room there is for the pictures into the entry by which the kernel learns of it. */
function tellRoom() {
  const room = pad.querySelector(".colornb-room");
  const told = pad.querySelector(".colornb-told-room input");
  if (!room?.clientWidth || !told) return;
  const style = getComputedStyle(room);
  const share = parseFloat(style.getPropertyValue("--window-share")); // of a window that can be scrolled
  const height = share ? share * innerHeight : room.clientHeight;
  const text = [height, room.clientWidth, devicePixelRatio].map(number => +number.toFixed(2)).join(" ");
  if (told.value !== text) {
    told.value = text;
    told.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

/** Tell it now that the pad is there, and whenever it changes; parts of a pad come one after the other. */
function watchRoom() {
  const room = pad.querySelector(".colornb-room");
  if (!room || !pad.querySelector(".colornb-told-room input")) {
    if (pad.isConnected) setTimeout(watchRoom, 50);
    return;
  }
  let timer = 0;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(tellRoom, 100);
  };
  const observer = new ResizeObserver(() => room.isConnected ? later() : observer.disconnect());
  observer.observe(room);
  tellRoom();
}

function turnFullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else root.requestFullscreen?.();
}

/** @param {MouseEvent} event */
function pressed(event) {
  if (event.target.closest(".colornb-full-screen")) turnFullScreen();
}

/** The canvas passes a key on to the kernel: the one in hand, or the first. @param {string} key @param {KeyboardEvent} like */
function pass(key, like) {
  const canvas = document.activeElement?.matches(".colornb-room canvas") ? document.activeElement
    : root.querySelector(".colornb-room canvas");
  const { ctrlKey, metaKey, shiftKey } = like;
  canvas?.dispatchEvent(new KeyboardEvent("keydown", { key, ctrlKey, metaKey, shiftKey }));
}

/** The name of a key as the kernel lists it. @param {KeyboardEvent} event */
function nameOf({ key, ctrlKey, metaKey, shiftKey }) {
  if (!ctrlKey && !metaKey) return key.length > 1 || shiftKey ? key : key.toLowerCase();
  return `Ctrl+${key.length > 1 ? key : shiftKey ? key.toUpperCase() : key.toLowerCase()}`;
}

/** Whether a part of the page needs a key for itself. @param {Element} part @param {string} name */
function needs(part, name) {
  if (part.closest("input, select, textarea, [contenteditable=true]")) return true;
  if (part.closest("button, summary, a")) return name === "Enter" || name === " ";
  return part.closest("[role=slider], [role=radiogroup]") !== null && !/^(Ctrl.*|.)$/.test(name);
}

/**
 * Keys that are known here go to the kernel; all others stay the browser's, also those on a canvas, which would take
 * every one: nobody could leave it by Tab. @param {KeyboardEvent} event
 */
function keyed(event) {
  const { target, isTrusted, altKey, isComposing } = event;
  if (!isTrusted || !root.isConnected || !(target instanceof Element)) return;
  const list = root.querySelector(".colornb-keys details");
  const known = JSON.parse(list?.dataset.keys ?? "{}"), name = nameOf(event);
  const isOurs = name in known || name === "f" || name === "?";
  if (isOurs && !altKey && !isComposing && !needs(target, name)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (name === "f") turnFullScreen();
    else if (name === "?") list?.toggleAttribute("open");
    else if (!known[name] || !event.repeat) pass(event.key, event);
    if (known[name]) held.set(event.code, event.key);
  } else if (name === "Escape" && list?.open) {
    list.open = false;
  } else if (target.matches(".colornb-pad canvas") || (/^[^+]$/.test(name) && !needs(target, name))) {
    event.stopImmediatePropagation(); // a letter on a button would be a command of the notebook, such as to cut the cell
  }
}

/** @type {Map<string, string>} keys that act while they are held, by their place on the keyboard */
const held = new Map();

/** @param {KeyboardEvent} event */
function released(event) {
  if (held.has(event.code)) pass(`${held.get(event.code)} released`, event);
  held.delete(event.code);
}

/** What ipywidgets leaves out: names and states of parts, for those who hear the page instead of seeing it. */
function nameParts() {
  const find = selector => [...root.querySelectorAll(selector)];
  const set = (part, name, value) => {
    if (value && part.getAttribute(name) !== value) part.setAttribute(name, value);
  };
  for (const part of find("input[type=text], button[title]")) if (!part.innerText?.trim()) set(part, "aria-label", part.title);
  for (const part of find("input[type=color]")) set(part, "aria-label", "Colour");
  for (const part of find("[role=slider]")) {
    set(part, "aria-label", part.closest(".widget-slider, .widget-hslider")?.querySelector("label")?.textContent);
  }
  for (const part of find(".widget-toggle-button, .widget-toggle-buttons button")) {
    set(part, "aria-pressed", String(part.classList.contains("mod-active")));
  }
  for (const part of find(".colornb-swatch")) set(part, "aria-current", String(part.classList.contains("colornb-now")));
  for (const canvas of find(".colornb-room canvas")) {
    set(canvas, "role", "application"); // with keys of its own
    set(canvas, "aria-label", canvas.closest(".colornb-picture")?.querySelector(".colornb-caption")?.textContent);
  }
  for (const part of find(".colornb-upload, .colornb-palette-open")) for (const text of part.childNodes) {
    if (text.nodeType === Node.TEXT_NODE && / \(\d+\)$/.test(text.data)) text.data = text.data.replace(/ \(\d+\)$/, "");
  }
}

if (!pad.querySelector(".colornb-pad")) watchRoom();
if (!root.isScripted) {
  root.isScripted = true;
  root.addEventListener("click", pressed);
  root.setAttribute("data-lm-suppress-shortcuts", "true"); // those of JupyterLab
  // Jupyter listens at the document, and finds its commands by what has the focus, before `root` is told of a key.
  const place = root.closest(".colornb-app") ? document : root;
  const inside = listener => event => event.target instanceof Node && place.contains(event.target) && listener(event);
  window.addEventListener("keydown", inside(keyed), true);
  window.addEventListener("keyup", inside(released), true);
  /** @type {Element | null} */
  let last = null; // what had the focus; with another tool it goes, and keys would be those of the notebook again
  root.addEventListener("focusin", event => { last = event.target; });
  let timer = 0;
  const later = () => {
    timer ||= setTimeout(() => {
      timer = 0;
      nameParts();
      if (last?.isConnected === false && root.isConnected && document.activeElement === document.body) {
        root.querySelector(".colornb-room canvas[tabindex]")?.focus({ preventScroll: true });
      }
    }, 50);
  };
  new MutationObserver(later).observe(root, { childList: true, subtree: true, attributeFilter: ["class", "title"] });
  later();
}
