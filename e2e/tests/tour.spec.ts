import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test, type Page } from "@playwright/test";
import { at, signIn } from "../lib/people";
import { accessible } from "../lib/watch";

// The pictures of the guides. FENGSUI_TOUR=1 writes them to docs/img; otherwise the pages are only looked over by axe.
const folder = fileURLToPath(new URL("../../docs/img", import.meta.url));
const keep = process.env.FENGSUI_TOUR === "1";
const YEAR = new Date().getFullYear();
const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
/** A picture waits until nothing is loaded any more. */
const waitUntil = keep ? "networkidle" : "load";
/** A picture of the guide is no larger than this. */
const MOST = 120_000;

async function picture(page: Page, path: string, name: string, fullPage = false): Promise<void> {
  await page.goto(at(path), { waitUntil });
  await accessible(page);
  if (!keep) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage });
}

/** A picture of the guide, as WebP, which Playwright does not write itself. */
async function view(page: Page, path: string, name: string, size = DESK): Promise<void> {
  await page.setViewportSize(size);
  await page.goto(at(path), { waitUntil });
  await expect(page.locator("h1"), `${path} is a page`).toHaveCount(1);
  await accessible(page);
  if (!keep) return;
  const browser = await page.context().newCDPSession(page);
  const { data } = await browser.send("Page.captureScreenshot", { format: "webp", quality: 72 });
  await browser.detach();
  const file = join(folder, "guide", `${name}.webp`);
  mkdirSync(dirname(file), { recursive: true });
  const bytes = Buffer.from(data, "base64");
  expect(bytes.length, `bytes of ${name}`).toBeLessThan(MOST);
  writeFileSync(file, bytes);
}

/** The first address on a page that looks so. */
async function find(page: Page, path: string, like: RegExp): Promise<string> {
  await page.goto(at(path));
  const links = await page.locator("main a[href]").evaluateAll((all) => all.map((link) => link.getAttribute("href") ?? ""));
  const found = links.find((link) => like.test(link));
  if (!found) throw new Error(`${path} has no link like ${String(like)}`);
  return found;
}

test("a station's day", async ({ page }) => {
  test.setTimeout(120_000);
  await signIn(page, "station_manager");
  await picture(page, "/desk", "desk");
  const sheet = await page.locator(".fs-counts a.wide").getAttribute("href");
  await picture(page, "/appraisal/ledger", "ledger");
  await picture(page, `${sheet}?open=outreach`, "sheet", true);
  await picture(page, "/duties/roster", "roster");
  await page.setViewportSize(PHONE);
  await picture(page, "/appraisal/ledger/new", "entry-mobile", true);
  await view(page, "/appraisal/ledger/import", "station-import");
  const station = (sheet ?? "").split("/").pop();
  await view(page, `/duties/stations/${station}`, "station-record");
  await view(page, `/appraisal/cycles/${YEAR - 1}/stations/${station}/inspection`, "station-inspection");
  await view(page, "/general/papers", "station-papers");
  await view(page, await find(page, "/general/papers", /^\/general\/papers\/\d+$/), "station-paper");
  await view(page, "/general/delegations", "station-delegations");
  await view(page, "/duties/signals?stage=accepted", "station-signals");
  await view(page, await find(page, "/duties/warnings?stage=published", /^\/duties\/warnings\/\d+$/), "station-warning");
});

test("the province's year", async ({ page }) => {
  test.setTimeout(120_000);
  await signIn(page, "province_clerk");
  await picture(page, "/duties/stations", "stations");
  await picture(page, `/appraisal/cycles/${YEAR - 1}/ranking`, "ranking", true);
  await picture(page, "/general/rules", "rules");
  await view(page, "/general/overview", "province-overview");
  await view(page, "/general/supervision", "province-supervision");
  await view(page, "/duties/signals", "province-signals");
  await view(page, "/duties/latency", "province-latency");
  await view(page, "/general/interpretations", "province-interpretations");
  await view(page, "/duties/stations/import", "province-registry-import");
  await view(page, "/admission/applications", "province-applications");
  const round = await find(page, "/admission/selection", /^\/admission\/selection\/\d+$/);
  await view(page, await find(page, round, /^\/admission\/panels\/\d+$/), "province-panel");
  await view(page, await find(page, round, /^\/admission\/notices\/\d+$/), "province-notice");
  await view(page, `/appraisal/cycles/${YEAR - 1}/inspection`, "province-inspection");
  await view(page, "/appraisal/spot-checks", "province-spot-checks");
  await view(page, await find(page, "/adjustment", /^\/adjustment\/\d+$/), "province-adjustment");
});

test("a city's and a county's work", async ({ page }) => {
  test.setTimeout(120_000);
  await signIn(page, "city_clerk");
  await view(page, "/desk", "city-desk");
  await view(page, "/appraisal/checks", "city-checks");
  await view(page, await find(page, "/appraisal/checks", /^\/appraisal\/checks\/\d+\/stations\/\d+$/), "city-check-phone", PHONE);
  await view(page, `/appraisal/cycles/${YEAR - 1}/inspection`, "city-inspection");
  await view(page, "/duties/stations/1/site", "city-site");
  await page.context().clearCookies();
  await signIn(page, "county");
  await view(page, "/duties/stations", "county-stations");
});

test("an applicant's form", async ({ page }) => {
  await signIn(page, "applicant");
  await view(page, "/admission/applications", "applicant-applications");
  await view(page, await find(page, "/admission/applications", /^\/admission\/applications\/\d+$/), "applicant-application");
});

test("the expert's marks and a third party's checks", async ({ page }) => {
  test.setTimeout(90_000);
  await signIn(page, "expert");
  await picture(page, "/appraisal/marks", "marks");
  await view(page, "/admission/reviews", "expert-reviews");
  await page.context().clearCookies();
  await signIn(page, "evaluator");
  await view(page, "/desk", "evaluator-desk");
  await view(page, "/appraisal/checks", "evaluator-checks");
  await view(page, await find(page, "/appraisal/checks", /^\/appraisal\/checks\/\d+\/stations\/\d+$/), "evaluator-check-phone", PHONE);
});

test("the three administrators", async ({ page }) => {
  test.setTimeout(90_000);
  await signIn(page, "system_admin");
  await view(page, "/general/accounts", "admin-accounts");
  await view(page, "/general/holidays", "admin-holidays");
  await page.context().clearCookies();
  await signIn(page, "security_admin");
  await view(page, await find(page, "/general/accounts", /^\/general\/accounts\/\d+$/), "security-account");
  await view(page, "/general/accounts/delegations", "security-delegations");
  await page.context().clearCookies();
  await signIn(page, "auditor");
  await picture(page, "/general/audit", "audit");
});

test("what the public sees", async ({ page }) => {
  await view(page, "/", "public-home");
  await view(page, "/public/certificates/37-001", "public-certificate");
  await view(page, "/relevance?q=%E8%BD%AE%E8%83%8E", "public-relevance");
  await view(page, "/firms/registration", "public-firm-registration");
  await view(page, await find(page, "/warnings", /^\/warnings\/\d+$/), "public-warning");
  await page.goto(at("/public/notices"));
  await page.getByRole("link", { name: /拟入选工作站名单的公示/ }).first().click();
  const notice = new URL(page.url()).pathname;
  await view(page, notice, "public-notice");
  await view(page, `${notice}/objections/new`, "public-objection", PHONE);
});
