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
  const height = style.getPropertyValue("--fills").trim() ? room.clientHeight : 0.7 * innerHeight;
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

/** @param {MouseEvent} event */
function pressed(event) {
  if (!event.target.closest(".colornb-full-screen")) return;
  if (document.fullscreenElement) document.exitFullscreen();
  else root.requestFullscreen();
}

if (!pad.querySelector(".colornb-pad")) watchRoom();
if (!root.isScripted) {
  root.isScripted = true;
  root.addEventListener("click", pressed);
}
