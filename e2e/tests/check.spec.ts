// An on-site check on a phone: off line and back, and somebody else saving meanwhile.
import { type BrowserContext, expect, type Page, test } from "@playwright/test";
import { at, signIn } from "../lib/people";
import { accessible, fits, watch } from "../lib/watch";

const PNG = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
const PHONE = { viewport: { width: 390, height: 844 }, locale: "zh-CN", timezoneId: "Asia/Shanghai" };

/** Cities by their place among the demo's clerks, with stations nobody checked yet. */
const [JINAN, ZIBO, DONGYING] = [0, 2, 4];

/** The form of the `nth` station the city may check. */
async function form(page: Page, nth: number): Promise<string> {
  await page.goto(at("/appraisal/checks"));
  return at((await page.locator("a[data-check-link]").nth(nth).getAttribute("href")) ?? "");
}

/** Until the form's page is kept for work without a network, and the worker answers for it. */
async function kept(page: Page): Promise<void> {
  await page.waitForFunction(async () => {
    await navigator.serviceWorker.ready;
    const cache = await caches.open("fs-checks");
    return navigator.serviceWorker.controller !== null && (await cache.match(location.pathname)) !== undefined;
  });
}

const choose = (page: Page, point: string, answer: string) =>
  page.locator(`[id="point-${point}"] .fs-seg label`).filter({ hasText: new RegExp(`^${answer}$`) }).click();
const status = (page: Page) => page.locator("[data-check-status]");
const remark = (page: Page, point: string) => page.locator(`[id="remark-${point}"]`);

test("a check is filled in off line, survives a reload, and is sent when the network is back", async ({ browser }) => {
  const context = await browser.newContext(PHONE);
  const page = await context.newPage();
  await signIn(page, "city_clerk", JINAN);
  const place = await form(page, 0);
  await page.goto(place);
  await kept(page);
  await fits(page);
  await accessible(page);

  await context.setOffline(true);
  await choose(page, "org.unit", "不符合");
  await remark(page, "org.unit").fill("现场没有看到机构设立文件");
  await page.locator('[id="photo-org.unit"]').setInputFiles({ name: "门口.png", mimeType: "image/png", buffer: PNG });
  await expect(page.locator("[data-shot]")).toHaveCount(1);
  await page.getByRole("button", { name: "存草稿" }).click();
  await expect(status(page)).toContainText("当前离线，已存本机");

  // The browser is closed and opened again, still off line: page, words and photo are there.
  await page.close();
  const again = await context.newPage();
  await again.goto(place);
  await expect(remark(again, "org.unit")).toHaveValue("现场没有看到机构设立文件");
  await expect(again.locator("[data-shot]")).toHaveCount(1);
  await expect(again.locator("[data-check-count]")).toContainText("已查 1 项");
  // No other page is kept: business pages are never shown old.
  const list = await context.newPage();
  await expect(list.goto(at("/appraisal/checks"))).rejects.toThrow();
  await list.close();

  await context.setOffline(false);
  await expect(again).toHaveURL(/done=check_saved/, { timeout: 20_000 });
  await expect(again.locator("main")).toContainText("检查已保存。");
  await expect(again.locator("main")).toContainText("第 1 版");
  await expect(again.locator(".fs-shots a")).toHaveText(["门口.png"]);
  await expect(remark(again, "org.unit")).toHaveValue("现场没有看到机构设立文件");
  expect(await heldHere(again)).toBe(0);
  await context.close();
});

/** How many checks this browser holds. */
const heldHere = (page: Page): Promise<number> => page.evaluate(() => new Promise<number>((resolve, reject) => {
  const asked = indexedDB.open("fs-checks", 1);
  asked.onerror = () => reject(asked.error);
  asked.onsuccess = () => {
    const count = asked.result.transaction("held").objectStore("held").count();
    count.onsuccess = () => { asked.result.close(); resolve(count.result); };
  };
}));

test("somebody else saved meanwhile: both contents are shown, nothing is overwritten, a person merges", async ({ browser }) => {
  const [phone, desk] = [await browser.newContext(PHONE), await browser.newContext({ locale: "zh-CN" })];
  const [mine, theirs] = [await phone.newPage(), await desk.newPage()];
  const watched = watch(theirs);
  await signIn(mine, "city_clerk", JINAN);
  await signIn(theirs, "city_clerk", JINAN);
  const place = await form(mine, 1);
  await mine.goto(place);
  await kept(mine);
  await phone.setOffline(true);
  await choose(mine, "org.staff", "不符合");
  await remark(mine, "org.staff").fill("人员没有到位");
  await mine.getByRole("button", { name: "存草稿" }).click();
  await expect(status(mine)).toContainText("当前离线，已存本机");

  await theirs.goto(place);
  await choose(theirs, "org.staff", "符合");
  await remark(theirs, "org.staff").fill("人员齐全");
  await theirs.getByRole("button", { name: "存草稿" }).click();
  await expect(theirs).toHaveURL(/done=check_saved/);
  watched.quiet();

  await phone.setOffline(false);
  await expect(mine).toHaveURL(/\/conflicts\/\d+$/, { timeout: 20_000 });
  await expect(mine.locator("main")).toContainText("没有覆盖，两份都已保留");
  const row = mine.locator("main tbody").filter({ hasText: "配备专门工作人员" }).locator("tr").nth(1);
  await expect(row).toContainText("符合；人员齐全");
  await expect(row).toContainText("不符合；人员没有到位");
  await accessible(mine);
  await fits(mine);
  await remark(mine, "org.staff").fill("复核后人员齐全");
  await choose(mine, "org.staff", "符合");
  await mine.getByRole("button", { name: "存草稿" }).click();
  await expect(mine).toHaveURL(/done=check_merged/);
  await expect(mine.locator("main")).toContainText("第 2 版");
  await expect(remark(mine, "org.staff")).toHaveValue("复核后人员齐全");
  await phone.close();
  await desk.close();
});

test("signing out asks about what is not sent, and leaves nothing behind", async ({ browser }) => {
  const context = await browser.newContext({ locale: "zh-CN" });
  const page = await context.newPage();
  await signIn(page, "city_clerk", DONGYING);
  const place = await form(page, 0);
  await page.goto(place);
  await kept(page);
  await remark(page, "org.unit").fill("尚未上传的说明");
  await expect.poll(() => heldHere(page)).toBe(1);
  await page.getByRole("button", { name: "退出", exact: true }).click();
  await expect(page.getByRole("dialog")).toContainText("尚未上传，退出后将从本机删除");
  await page.getByRole("button", { name: "先不退出" }).click();
  await expect(remark(page, "org.unit")).toHaveValue("尚未上传的说明");
  await page.getByRole("button", { name: "退出", exact: true }).click();
  await page.getByRole("button", { name: "删除并退出" }).click();
  await expect(page).toHaveURL(/\/login/);
  expect(await page.evaluate(() => caches.keys())).toEqual([]);
  await context.setOffline(true);
  await expect(page.goto(place)).rejects.toThrow();
  await context.setOffline(false);
  await context.close();
});

test("a saving whose answer was lost is sent again as it was, and kept once", async ({ browser }) => {
  // The worker is no part of this: it leaves a saving to the page.
  const context = await browser.newContext({ ...PHONE, serviceWorkers: "block" });
  const page = await context.newPage();
  await signIn(page, "city_clerk", ZIBO);
  const place = await form(page, 0);
  await page.goto(place);
  let lost = 0;
  await page.route(place, async (route) => {
    if (route.request().method() !== "POST" || lost > 0) return route.fallback();
    lost += 1;
    await route.fetch(); // the server has it; the phone never hears so
    return route.abort("connectionreset");
  });
  await choose(page, "org.unit", "部分");
  await remark(page, "org.unit").fill("第一次填写");
  await page.getByRole("button", { name: "存草稿" }).click();
  await expect(status(page)).toContainText("没有网络，已存本机");
  // Typed after it left: goes after it, as the next version, with no conflict with oneself.
  await remark(page, "org.unit").fill("第二次填写");
  await page.getByRole("button", { name: "存草稿" }).click();
  await expect(page).toHaveURL(/done=check_saved/, { timeout: 25_000 });
  expect(lost).toBe(1);
  await expect(page.locator("main")).toContainText("第 2 版");
  await expect(page.locator("main")).not.toContainText("未并入");
  await expect(remark(page, "org.unit")).toHaveValue("第二次填写");
  await context.close();
});

test("without JavaScript the form is a plain form", async ({ browser }) => {
  const plain: BrowserContext = await browser.newContext({ ...PHONE, javaScriptEnabled: false });
  const page = await plain.newPage();
  await signIn(page, "city_clerk", DONGYING);
  await page.goto(await form(page, 1));
  await choose(page, "org.unit", "符合");
  await page.locator('[id="photo-org.unit"]').setInputFiles({ name: "牌匾.png", mimeType: "image/png", buffer: PNG });
  await page.getByRole("button", { name: "存草稿" }).click();
  await expect(page).toHaveURL(/done=check_saved/);
  await expect(page.locator(".fs-shots a")).toHaveText(["牌匾.png"]);
  await plain.close();
});
