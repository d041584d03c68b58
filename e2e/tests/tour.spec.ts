import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test, type Page } from "@playwright/test";
import { at, signIn } from "../lib/people";
import { accessible } from "../lib/watch";

// The pictures of the guides. FENGSUI_TOUR=1 writes them to docs/img; otherwise the pages are only looked over by axe.
const folder = fileURLToPath(new URL("../../docs/img", import.meta.url));
const keep = process.env.FENGSUI_TOUR === "1";
const YEAR = new Date().getFullYear();

async function picture(page: Page, path: string, name: string, fullPage = false): Promise<void> {
  await page.goto(at(path), { waitUntil: "networkidle" });
  await accessible(page);
  if (!keep) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage });
}

test("a station's day", async ({ page }) => {
  test.setTimeout(90_000);
  await signIn(page, "station_manager");
  await picture(page, "/desk", "desk");
  const sheet = await page.locator(".fs-counts a.wide").getAttribute("href");
  await picture(page, "/appraisal/ledger", "ledger");
  await picture(page, `${sheet}?open=outreach`, "sheet", true);
  await picture(page, "/duties/roster", "roster");
  await page.setViewportSize({ width: 390, height: 844 });
  await picture(page, "/appraisal/ledger/new", "entry-mobile", true);
});

test("the province's year", async ({ page }) => {
  test.setTimeout(90_000);
  await signIn(page, "province_clerk");
  await picture(page, "/duties/stations", "stations");
  await picture(page, `/appraisal/cycles/${YEAR - 1}/ranking`, "ranking", true);
  await picture(page, "/general/rules", "rules");
});

test("the expert's marks and the auditor's log", async ({ page }) => {
  await signIn(page, "expert");
  await picture(page, "/appraisal/marks", "marks");
  await page.context().clearCookies();
  await signIn(page, "auditor");
  await picture(page, "/general/audit", "audit");
});
