/* What code in the page shows: text, errors, HTML and figures, each as the built page has it. */

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/* A picture where the built one stood, with its caption. */
function picture({ light, dark }, model, edited) {
  const box = model ? model.cloneNode(true) : element("div", { class: "figure-box" });
  const images = [...box.querySelectorAll("img")];
  if (images.length !== 2) {
    images.forEach((image) => image.remove());
    for (const theme of ["only-light", "only-dark"]) box.append(images[images.push(element("img", { class: theme })) - 1]);
  }
  images.slice(-2).forEach((image, i) => {
    image.src = `data:image/png;base64,${[light, dark][i]}`;
    for (const name of ["width", "height", "loading"]) image.removeAttribute(name);
    if (edited || !image.alt) image.alt = "Figure drawn by this cell when it was run in the page";
  });
  return box;
}

function block(text, classes) {
  return element("div", { class: `output ${classes} highlight-myst-ansi notranslate` }, element("div", { class: "highlight" }, element("pre", {}, text)));
}

/* Return a function that puts what is told, from the first thing on, where the cell's output stands. */
export function writer(place, before = [], edited = true) {
  const boxes = before.flatMap((node) => [...(node.querySelectorAll?.(".figure-box") ?? [])]);
  const models = boxes.map((box) => box.closest("figure") || box);
  let fresh = true;
  return (kind, content) => {
    if (fresh) place.replaceChildren();
    fresh = false;
    const open = place.lastElementChild?.matches(".stream") && place.lastElementChild.querySelector("pre");
    if (kind === "text" && open) open.append(content);
    else if (kind === "text") place.append(block(content, "stream"));
    else if (kind === "error") place.append(block(content, "run-error"));
    else if (kind === "report") place.append(block(content.text, content.passed ? "report passed" : "report"));
    else if (kind === "figure") place.append(picture(content, models.shift(), edited));
    else if (kind === "html") {
      const html = element("div", { class: "output text_html" });
      html.innerHTML = content;
      place.append(html);
      html.querySelectorAll(".explorer[data-explorer]").forEach((section, i) => window.explorers?.start(section, i));
    }
  };
}
