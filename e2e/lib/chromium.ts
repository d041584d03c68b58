import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The distribution's Chromium: CHROMIUM, or the first of the usual names on PATH. None is downloaded. */
export function chromium(): string {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    for (const folder of (process.env.PATH ?? "").split(delimiter)) {
      const path = join(folder, name);
      if (existsSync(path)) return path;
    }
  }
  throw new Error("No Chromium found: install the distribution's package (as root: make setup-test), or set CHROMIUM to its path.");
}
