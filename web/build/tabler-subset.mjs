import { keep } from "./tabler-keep.mjs";

/** Parts found by attribute or element that no page has: theme variants, the date picker, coloured scroll bars. */
const UNUSED = /:host|data-bs-theme-|\[data-theme|\[data-vc|::-webkit-scrollbar|^dialog/;
const CLASS = /\.(-?[A-Za-z_][\w-]*)/g;
const fromTabler = (node) => /@tabler[\\/]core/.test(node.source?.input.file ?? "");
const bare = (selector) => selector.replace(/:not\((?:[^()]|\([^()]*\))*\)/g, "");
const kept = (selector) =>
  !UNUSED.test(bare(selector)) && [...bare(selector).matchAll(CLASS)].every((m) => keep.has(m[1]));

/** Every class Tabler defines, for the check of the templates. */
export const classesOf = (root) => {
  const all = new Set();
  root.walkRules((rule) => [...rule.selector.matchAll(CLASS)].forEach((m) => all.add(m[1])));
  return all;
};

/** Drops Tabler's rules for classes outside the keep list, then its variables and key frames that nothing refers to. */
export const tablerSubset = () => ({
  postcssPlugin: "tabler-subset",
  OnceExit(root) {
    root.walkRules((rule) => {
      if (!fromTabler(rule) || rule.parent.type === "atrule" && /keyframes/.test(rule.parent.name)) return;
      const left = rule.selectors.filter(kept);
      if (left.length) rule.selectors = left;
      else rule.remove();
    });
    while (dropUnused(root) > 0);
    root.walkComments((comment) => { if (!comment.text.startsWith("!")) comment.remove(); });
    root.walkAtRules((rule) => { if (rule.nodes?.length === 0) rule.remove(); });
    root.walkRules((rule) => { if (rule.nodes.length === 0) rule.remove(); });
  },
});
tablerSubset.postcss = true;

function dropUnused(root) {
  const text = [];
  root.walkDecls((decl) => { text.push(decl.value); });
  const uses = text.join("\n");
  const names = new Set([...uses.matchAll(/var\(\s*(--[\w-]+)/g)].map((m) => m[1]));
  let dropped = 0;
  const drop = (node) => { node.remove(); dropped += 1; };
  root.walkDecls(/^--/, (decl) => { if (!names.has(decl.prop) && fromTabler(decl)) drop(decl); });
  root.walkAtRules(/keyframes/, (rule) => { if (!uses.includes(rule.params) && fromTabler(rule)) drop(rule); });
  return dropped;
}
