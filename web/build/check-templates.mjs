// Refuses a template that uses a Tabler class left out of app.css, or anything the CSP would block.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import postcss from "postcss";
import { keep } from "./tabler-keep.mjs";
import { classesOf } from "./tabler-subset.mjs";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const templates = at("../../crates/server/templates/");
const tabler = classesOf(postcss.parse(readFileSync(at("../node_modules/@tabler/core/dist/css/tabler.css"), "utf8")));
const ours = classesOf(postcss.parse(readFileSync(at("../styles/face.css"), "utf8")));
const FORBIDDEN = [
  [/<[a-z][^>]*\sstyle\s*=/i, "a style attribute"],
  [/<[a-z][^>]*\son[a-z]+\s*=/i, "an inline handler"],
  [/<script(?![^>]*\ssrc=)(?![^>]*type="application\/json")[^>]*>/i, "an inline script"],
  [/<(?:script|link|img|iframe)[^>]*(?:src|href)="(?:https?:)?\/\//i, "a resource of another host"],
];

function files(folder) {
  try {
    return readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".html"));
  } catch {
    return []; // no templates yet
  }
}

const wrong = [];
for (const name of files(templates)) {
  const text = readFileSync(templates + name, "utf8").replace(/\{#[\s\S]*?#\}|\{%[\s\S]*?%\}|\{\{[\s\S]*?\}\}/g, " ");
  const used = [...text.matchAll(/\sclass="([^"]*)"/g)].flatMap((match) => match[1].split(/\s+/));
  for (const className of new Set(used)) if (tabler.has(className) && !keep.has(className) && !ours.has(className)) wrong.push(`${name}: class "${className}" is Tabler's but not in web/build/tabler-keep.mjs`);
  for (const [pattern, what] of FORBIDDEN) if (pattern.test(text)) wrong.push(`${name}: ${what}, which the CSP blocks`);
}
if (wrong.length > 0) {
  console.error(wrong.join("\n"));
  process.exit(1);
}
