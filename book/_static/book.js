/* What the theme leaves undone for readers without a mouse: boxes that scroll sideways on a narrow screen can be
   reached and scrolled with the keyboard and show on which side there is more, and the arrows that unfold the table of
   contents have names. */
(() => {
  "use strict";

  const BOXES = "mjx-container[display='true'], div.math, span.math, .highlight pre, .pst-scrollable-table-container, "
    + ".output.text_html, .figure-box, .ledger";

  function makeReachable(box) {
    if (box.closest("section.explorer")) return;
    if (box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).overflowX === "auto") box.tabIndex = 0;
    else if (box.matches("[tabindex]") && !box.matches("[role]")) box.removeAttribute("tabindex");
    showMore(box);
    if (box.dataset.watched) return;
    box.dataset.watched = "yes";
    box.addEventListener("scroll", () => showMore(box), { passive: true });
    widths.observe(box);
  }

  /* At the event "resize" a box may still have a width between the old one and the new one. */
  const widths = new ResizeObserver((changes) => changes.forEach(({ target }) => makeReachable(target)));

  /* Name the sides on which a box holds more than it shows; the style sheet lets the content fade out there. */
  function showMore(box) {
    const left = box.tabIndex === 0 && box.scrollLeft > 1;
    const right = box.tabIndex === 0 && box.scrollLeft + box.clientWidth < box.scrollWidth - 1;
    if (left || right) box.dataset.more = left && right ? "both" : left ? "left" : "right";
    else delete box.dataset.more;
  }

  function nameArrow(summary) {
    const link = summary.closest("li").querySelector("a");
    if (!summary.textContent.trim() && link) summary.setAttribute("aria-label", `Pages under ${link.textContent.trim()}`);
  }

  const makeAllReachable = () => document.querySelectorAll(BOXES).forEach(makeReachable);
  window.addEventListener("load", () => {
    document.querySelectorAll("nav li details > summary").forEach(nameArrow);
    makeAllReachable();
    if (window.MathJax && window.MathJax.startup) window.MathJax.startup.promise.then(() => document.fonts.ready).then(makeAllReachable);
  });
  window.addEventListener("resize", makeAllReachable);
  document.addEventListener("toggle", makeAllReachable, true); // what was folded had no width
})();
