// What pictures of a page do beyond being seen: a curtain between two of them, a slider through several, a click or
// Enter that enlarges one, and rows of them that a phone shows in part. What is wider than its place fades out where
// there is more of it. Without this script all of them stand side by side.

const made = (tag, properties, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

/** Lay two pictures on each other, with a handle that says how much of each is seen; a switch shows another two. */
function drawCurtain(figure) {
  const pairs = [...figure.querySelectorAll("[data-pair]")];
  const [left, right] = [...pairs[0].querySelectorAll("img")].map((img) => img.alt);
  const range = made("input", { type: "range", min: 0, max: 100, value: 50, ariaLabel: `How much of “${left}” is seen` });
  const move = () => figure.style.setProperty("--seen", `${range.value}%`);
  range.addEventListener("input", move);
  move();
  const bar = made("div", { className: "bar" }, made("span", { textContent: left }), range, made("span", { textContent: right }));
  pairs.at(-1).after(bar);
  if (pairs.length > 1) {
    const box = made("input", { type: "checkbox" });
    const show = () => pairs.forEach((pair, index) => (pair.hidden = index !== Number(box.checked)));
    box.addEventListener("change", show);
    show();
    bar.after(made("label", {}, box, ` ${pairs[1].dataset.pair}`));
  }
  figure.classList.add("drawn");
}

/** Show one picture of several, and let a slider choose which. */
function drawSlider(figure) {
  const slides = [...figure.querySelectorAll("div")];
  const { label, start } = figure.dataset;
  const range = made("input", { type: "range", min: 0, max: slides.length - 1, value: start });
  const name = made("output", {});
  const show = () => {
    slides.forEach((slide, index) => (slide.hidden = index !== Number(range.value)));
    name.textContent = slides[range.value].textContent.trim();
    range.setAttribute("aria-valuetext", name.textContent);
  };
  range.addEventListener("input", show);
  show();
  slides.at(-1).after(made("label", { className: "bar" }, made("span", { textContent: label }), range), name);
  figure.classList.add("drawn");
}

/** Say at its right border that there is more of something that scrolls sideways, until its end is reached. */
function showMore(element) {
  const mark = () => element.classList.toggle("colornb-more", element.scrollWidth - element.clientWidth - element.scrollLeft > 8);
  element.addEventListener("scroll", mark, { passive: true });
  new ResizeObserver(mark).observe(element);
}

/** Mark a picture that is many in a row: on a phone it shows some of them, and moves sideways. */
function markStrip(img, button) {
  const mark = () => {
    button.classList.toggle("colornb-strip", img.naturalWidth > 600 && img.naturalWidth > 3 * img.naturalHeight);
    showMore(button);
  };
  if (img.complete) mark();
  else img.addEventListener("load", mark);
}

/** Let a picture be enlarged over the page. */
function letEnlarge(img, dialog) {
  const button = made("button", { type: "button", className: "colornb-enlarge", title: "Enlarge" });
  img.replaceWith(button);
  button.append(img);
  markStrip(img, button);
  button.addEventListener("click", () => {
    dialog.replaceChildren(made("img", { src: img.src, alt: img.alt }));
    dialog.showModal();
  });
}

function begin() {
  document.querySelectorAll(".colornb-curtain").forEach(drawCurtain);
  document.querySelectorAll(".colornb-slider").forEach(drawSlider);
  const dialog = made("dialog", { className: "colornb-enlarged", ariaLabel: "An enlarged picture; Escape closes it" });
  dialog.addEventListener("click", () => dialog.close());
  (document.querySelector(".bd-content") ?? document.body).append(dialog); // where no theme changes colours
  const pictures = document.querySelectorAll("article figure img, article .cell_output img");
  for (const img of pictures) if (!img.closest("a, .colornb-curtain, .colornb-slider, .colornb-live")) letEnlarge(img, dialog);
  document.querySelectorAll("article pre, article .pst-scrollable-table-container").forEach(showMore);
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
else begin();
