import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";
import { tablerSubset } from "./build/tabler-subset.mjs";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The pages run under a strict CSP and off the public network: nothing may point outside. */
const selfContained = (): Plugin => ({
  name: "self-contained",
  enforce: "post",
  generateBundle(_, bundle) {
    const css = bundle["app.css"];
    const text = css?.type === "asset" ? String(css.source) : "";
    const bad = text.match(/@import|url\(\s*["']?(?!["']?(?:data:|#))[^)]*\)/);
    if (text === "" || bad) this.error(`app.css must be one file without outside references${bad ? `: ${bad[0].slice(0, 80)}` : ""}`);
    const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
    if (chunks.length !== 1 || (chunks[0]?.imports.length ?? 0) > 0) this.error("app.js must be one file without imports");
  },
});

export default defineConfig({
  root: here("."),
  publicDir: "public",
  css: { postcss: { plugins: [tablerSubset()] } },
  plugins: [selfContained()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "chrome90",
    cssTarget: "chrome90",
    modulePreload: false,
    assetsInlineLimit: 16384,
    reportCompressedSize: true,
    rollupOptions: {
      input: { app: here("islands/app.ts") },
      output: { entryFileNames: "[name].js", assetFileNames: "[name][extname]" },
    },
  },
});
