/* CodeMirror in the place of the editor in _static/editor.mjs: the same arguments, the same answers. Its colours are the
   page's own, by the classes that code has on the page. */

import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, closeCompletion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentLess, indentMore } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { HighlightStyle, bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const HELP = "Tab indents, Escape and then Tab leaves, Shift and Enter check or run.";
const LEAVING = 10_000; // milliseconds after Escape in which Tab leaves

const colours = HighlightStyle.define([
  { tag: tags.comment, class: "c1" }, { tag: tags.string, class: "s2" }, { tag: tags.number, class: "mi" },
  { tag: [tags.bool, tags.null], class: "kc" }, { tag: tags.operator, class: "o" },
  { tag: [tags.keyword, tags.controlKeyword, tags.definitionKeyword, tags.operatorKeyword, tags.moduleKeyword], class: "k" },
  { tag: tags.function(tags.definition(tags.variableName)), class: "nf" },
]);

/* Offer the members of what stands before the last dot, and without a dot the `names`. */
function known(members, names) {
  return (context) => {
    const word = context.matchBefore(/[\w.]*/), [, of, from] = word.text.match(/^(?:(.*)\.)?(\w*)$/) ?? [];
    if (from === undefined || (!of && !from && !context.explicit)) return null;
    const options = of ? members[of] : names().map((label) => ({ label, type: "function" }));
    return options ? { from: context.pos - from.length, options, validFor: /^\w*$/ } : null;
  };
}

/* Put an editor in the place of the code in `pre`; what happens in it is told to `changed` and `run`. */
export function editor(pre, text, { label, changed, run, members = {}, names = () => [] }) {
  const language = python();
  const keys = [
    { key: "Shift-Enter", run: () => { run(); return true; } }, { key: "Mod-Enter", run: () => { run(); return true; } },
    { key: "Tab", run: (view) => acceptCompletion(view) || indentMore(view), shift: indentLess },
    { key: "Escape", run: (view) => { closeCompletion(view); view.setTabFocusMode(LEAVING); return true; } },
    ...completionKeymap, ...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap,
  ];
  const view = new EditorView({
    doc: text,
    extensions: [
      lineNumbers(), history(), indentOnInput(), bracketMatching(), closeBrackets(), keymap.of(keys),
      autocompletion({ defaultKeymap: false, selectOnOpen: false, icons: false }), language,
      language.language.data.of({ autocomplete: known(members, names) }), syntaxHighlighting(colours),
      indentUnit.of("    "), EditorState.tabSize.of(4),
      EditorView.contentAttributes.of({ "aria-label": `${label}. ${HELP}`, tabindex: "0", spellcheck: "false", autocapitalize: "off", autocorrect: "off" }),
      EditorView.updateListener.of(({ docChanged }) => { if (docChanged) changed(); }),
    ],
  });
  pre.replaceWith(view.dom);
  return {
    text: () => view.state.doc.toString(),
    put: (what) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: what } }),
    focus: () => view.focus(),
    close: () => view.dom.replaceWith(pre),
  };
}
