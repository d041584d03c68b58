// Every page anyone may read, by the printed route table, and one page of every room for every role.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test, type Page } from "@playwright/test";
import { ROLES, accounts, at, signIn } from "../lib/people";
import { accessible, fits, watch } from "../lib/watch";

const TABLE = fileURLToPath(new URL("../../crates/server/tests/golden/routes.txt", import.meta.url));
/** Verbs of the public in the permission table that open a page. */
const PUBLIC = ["view_public", "register_applicant", "report_misuse", "raise_objection", "sign_in", "subscribe"];

/** Files, by how their address ends: nothing to look over, but what they say they are. */
const FILES: Record<string, string> = { pdf: "application/pdf", xml: "xml", json: "json", ics: "text/calendar", txt: "text/plain" };
const file = (path: string): string | undefined => FILES[/\.(\w+)$/.exec(path)?.[1] ?? ""];
/** A link nobody was sent: a page with what to do, and 404. */
const absent = (path: string): boolean => path.startsWith("/invitations/") || path.startsWith("/subscriptions/none");
/** Pages looked over where what they show is made: warning.spec.ts publishes, the server's journeys print. */
const ELSEWHERE = ["/warnings/{id}", "/warnings/{id}/document.pdf"];

/** The public GET routes of the table. */
function routes(): string[] {
  const lines = readFileSync(TABLE, "utf8").split("\n").map((line) => /^GET +(\S+)\t(\S+)\t/.exec(line));
  const all = lines.flatMap((found) => (found && PUBLIC.includes(found[2] ?? "") ? [found[1] ?? ""] : []));
  return all.filter((route) => !ELSEWHERE.includes(route));
}

/** An address of each route, with keys of the sample province; a notice that stands, and an objection to it. */
async function addresses(page: Page): Promise<Map<string, string>> {
  await page.goto(at("/public/notices"));
  await page.getByRole("link", { name: /拟入选工作站名单的公示/ }).first().click();
  await expect(page).toHaveURL(/\/public\/notices\/\d+$/);
  const notice = new URL(page.url()).pathname;
  await page.goto(at(`${notice}/objections/new`));
  await page.getByLabel("姓名").fill("示例来信人");
  await page.getByLabel("联系电话或者电子邮箱").fill("letter@example.org");
  await page.getByLabel("事实和理由").fill("公示名单中的办公地点与实际不符，请予核实。");
  await page.getByRole("button", { name: "提交异议" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("异议受理情况");
  const objection = new URL(page.url()).pathname;
  const keyed: Record<string, string> = {
    "/public/notices/{id}": notice,
    "/public/notices/{id}/document.pdf": `${notice}/document.pdf`,
    "/public/notices/{id}/objections/new": `${notice}/objections/new`,
    "/public/notices/{id}/objections/{code}": objection,
    "/public/certificates/{number}": "/public/certificates/37-001",
    "/invitations/{token}": "/invitations/0000000000000000000000000000000000000000000",
    "/subscriptions/{token}": "/subscriptions/none",
    "/subscriptions/{token}/leave": "/subscriptions/none/leave",
  };
  return new Map(routes().map((route) => [route, keyed[route] ?? route]));
}

test("every public page is quiet, accessible and fits on a desk and in a hand", async ({ page }) => {
  test.setTimeout(180_000);
  const pages = await addresses(page);
  expect(pages.size).toBeGreaterThan(12);
  for (const [route, path] of pages) {
    expect(path, `an address of ${route}`).not.toContain("{");
    const type = file(path);
    if (type) {
      const got = await page.request.get(at(path));
      expect(got.status(), path).toBe(200);
      expect(got.headers()["content-type"], path).toContain(type);
      continue;
    }
    const watched = watch(page);
    await page.goto(at(path), { waitUntil: "networkidle" });
    await expect(page.locator("h1"), path).toHaveCount(1);
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 844 });
      await fits(page);
      await accessible(page);
    }
    // The browser says of a 404 so on its console, and rightly.
    if (!absent(path)) watched.quiet();
    page.removeAllListeners();
  }
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("every public page says all it has to say, and every form on it can be sent", async ({ page }) => {
    test.setTimeout(90_000);
    for (const [route, path] of await addresses(page)) {
      if (file(path) || absent(path)) continue;
      const answer = await page.goto(at(path));
      expect(answer?.status(), route).toBe(200);
      await expect(page.locator("h1"), path).toHaveCount(1);
      expect((await page.locator("main").innerText()).length, `${path} has text`).toBeGreaterThan(20);
      for (const form of await page.locator("main form").all()) {
        expect(await form.getAttribute("action") ?? await form.getAttribute("method") ?? "get", path).not.toBe("");
        await expect(form.locator("button, input[type=submit]").first(), path).toBeVisible();
      }
      // A button that only a script answers is not shown.
      await expect(page.locator("button[type=button]:visible"), path).toHaveCount(0);
      // What only a script would open stays no secret: nothing in the text is hidden.
      await expect(page.locator("main [hidden]:has-text('。')"), path).toHaveCount(0);
    }
  });
});

test.describe("how pages look, without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("large type and dark are chosen by a form and remembered", async ({ page }) => {
    await page.goto(at("/warnings?code=4011"));
    await page.getByRole("button", { name: "大字版" }).click();
    await expect(page).toHaveURL(/\/warnings\?code=4011$/);
    await expect(page.locator("html")).toHaveAttribute("data-type", "large");
    await page.getByRole("button", { name: "深色" }).click();
    await expect(page.locator("html")).toHaveAttribute("data-bs-theme", "dark");
    await page.goto(at("/about"));
    await expect(page.locator("html")).toHaveAttribute("data-type", "large");
    await page.getByRole("button", { name: "大字版" }).click();
    await expect(page.locator("html")).not.toHaveAttribute("data-type", "large");
    await expect(page.locator("html")).toHaveAttribute("data-bs-theme", "dark");
  });
});

test("with scripts, large type and dark are set on the spot", async ({ page }) => {
  await page.goto(at("/warnings"));
  await page.getByLabel("税号").fill("4011");
  await page.getByRole("button", { name: "大字版" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-type", "large");
  // The page was not left.
  await expect(page.getByLabel("税号")).toHaveValue("4011");
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-type", "large");
});

const lookedOver = new Set<string>();

/** What a page is made of: its path, headings, columns, and the forms this role is offered. */
async function makeOf(page: Page): Promise<string> {
  return page.evaluate(() => {
    const parts = Array.from(document.querySelectorAll("main h1, main h2, main th, main form, main label"));
    const said = parts.map((part) => `${part.tagName} ${part.tagName === "FORM" ? part.getAttribute("action") : part.textContent}`);
    return [location.pathname, ...said].join("\n").replace(/\d+/g, "0");
  });
}

for (const role of ROLES) {
  test(`one page of every room is accessible to ${role} and fits`, async ({ page }) => {
    test.setTimeout(120_000);
    await signIn(page, role);
    await page.goto(at("/desk"));
    // The first link of each group of the menu, and the desk.
    const links = await page.locator(".fs-side").evaluate((side) => {
      const first: string[] = [];
      let open = true;
      for (const child of Array.from(side.children)) {
        if (child.tagName === "H2") open = true;
        else if (open) {
          first.push(child.getAttribute("href") ?? "");
          open = false;
        }
      }
      return first;
    });
    expect(links.length, "rooms").toBeGreaterThan(1);
    for (const link of links) {
      await page.setViewportSize({ width: 1440, height: 844 });
      await page.goto(at(link), { waitUntil: "networkidle" });
      await expect(page.locator("h1"), link).toHaveCount(1);
      await fits(page);
      // A page of the same make was looked over for another role.
      const make = await makeOf(page);
      if (!lookedOver.has(make)) await accessible(page);
      lookedOver.add(make);
      await page.setViewportSize({ width: 390, height: 844 });
      await fits(page);
    }
  });
}

test("the roles of the sample are those the rooms are looked over for", () => {
  expect(new Set(accounts().map((one) => one.role))).toEqual(new Set(ROLES));
});
