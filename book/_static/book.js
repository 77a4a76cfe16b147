/* What the theme leaves undone for readers without a mouse: boxes that scroll sideways on a narrow screen can be
   reached and scrolled with the keyboard, and the arrows that unfold the table of contents have names. */
(() => {
  "use strict";

  const BOXES = "mjx-container[display='true'], div.math, .highlight pre, .pst-scrollable-table-container, .output.text_html";

  function makeReachable(box) {
    if (box.closest("section.explorer")) return;
    if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
    else if (box.matches("[tabindex]")) box.removeAttribute("tabindex");
  }

  function nameArrow(summary) {
    const link = summary.closest("li").querySelector("a");
    if (!summary.textContent.trim() && link) summary.setAttribute("aria-label", `Pages under ${link.textContent.trim()}`);
  }

  const makeAllReachable = () => document.querySelectorAll(BOXES).forEach(makeReachable);
  window.addEventListener("load", () => {
    document.querySelectorAll("nav li details > summary").forEach(nameArrow);
    makeAllReachable();
    if (window.MathJax && window.MathJax.startup) window.MathJax.startup.promise.then(makeAllReachable);
  });
  window.addEventListener("resize", makeAllReachable);
})();
