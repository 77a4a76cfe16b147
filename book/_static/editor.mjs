/* An editor that needs nothing but the browser: a text area, unseen, on the same text in colours. */

import { element } from "./shown.mjs";

export const HELP = "Tab indents, Escape leaves, Shift and Enter run the cell.";

const WORDS = "and|as|assert|break|class|continue|def|del|elif|else|except|finally|for|from|if|import|in|is|lambda|not|or|pass|raise|return|try|while|with|yield";
const TOKENS = new RegExp([
  "(?<c1>#[^\\n]*)", "(?<s2>[rbfRBF]{0,2}(?:\"\"\"[^]*?\"\"\"|'''[^]*?'''|\"(?:\\\\.|[^\"\\\\\\n])*\"?|'(?:\\\\.|[^'\\\\\\n])*'?))",
  `(?<k>\\b(?:${WORDS})\\b)`, "(?<kc>\\b(?:True|False|None)\\b)", "(?<mi>\\b\\d[\\w.]*)", "(?<o>[-+*/%@=<>!&|^~]+)",
].join("|"), "g");

function colour(pre, text) {
  const parts = [];
  let place = 0;
  for (const found of text.matchAll(TOKENS)) {
    const [name] = Object.entries(found.groups).find(([, value]) => value !== undefined);
    parts.push(text.slice(place, found.index), element("span", { class: name }, found[0]));
    place = found.index + found[0].length;
  }
  pre.replaceChildren(...parts, text.slice(place), "\n");
}

/* Put an editor in the place of the code in `pre`; what happens in it is told to `changed`, `leave` and `run`. */
export function editor(pre, text, { label, changed, leave, run }) {
  const area = element("textarea", { "aria-label": `${label}. ${HELP}`, spellcheck: "false", autocapitalize: "off", autocomplete: "off", autocorrect: "off", wrap: "off", rows: "1" });
  const type = (what) => document.execCommand("insertText", false, what);
  area.value = text;
  area.addEventListener("input", () => { colour(pre, area.value); changed(); });
  area.addEventListener("keydown", (event) => {
    const line = area.value.slice(0, area.selectionStart).split("\n").pop();
    if (event.key === "Enter" && (event.shiftKey || event.ctrlKey || event.metaKey)) run();
    else if (event.key === "Enter") type(`\n${line.match(/^ */)[0]}${/:\s*$/.test(line) ? "    " : ""}`);
    else if (event.key === "Tab" && !event.shiftKey) type("    ");
    else if (event.key === "Escape") leave();
    else return;
    event.preventDefault();
  });
  const frame = element("div", { class: "run-editor" });
  pre.replaceWith(frame);
  pre.removeAttribute("tabindex");
  frame.append(pre, area);
  colour(pre, text);
  return {
    text: () => area.value,
    put: (what) => { area.value = what; colour(pre, what); },
    focus: () => area.focus(),
    close: () => frame.replaceWith(pre),
  };
}
