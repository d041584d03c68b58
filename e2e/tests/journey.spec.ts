import { deflateSync } from "node:zlib";
import { expect, test, type Page } from "@playwright/test";
import { accounts, at, signIn } from "../lib/people";
import { fits, watch } from "../lib/watch";

/** A valid one-colour PNG: a photo as far as the system is concerned. */
function photo(red: number): Buffer {
  const crcTable = Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c >>> 0;
  });
  const crc = (bytes: Buffer): number => ~bytes.reduce((c, byte) => crcTable[(c ^ byte) & 0xff]! ^ (c >>> 8), 0xffffffff) >>> 0;
  const chunk = (kind: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(kind), data]);
    const head = Buffer.alloc(4);
    head.writeUInt32BE(data.length);
    const tail = Buffer.alloc(4);
    tail.writeUInt32BE(crc(body));
    return Buffer.concat([head, body, tail]);
  };
  const header = Buffer.from([0, 0, 0, 64, 0, 0, 0, 48, 8, 2, 0, 0, 0]);
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(64 * 3, red)]);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: 48 }, () => row)));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0))]);
}

const YEAR = new Date().getFullYear();
const sheetOf = (station: string): string => `/appraisal/cycles/${YEAR}/stations/${station}`;

/** Points of a row in the province's column, as the page shows them. */
async function points(page: Page, item: string): Promise<number> {
  return Number(await page.locator(`tr[id="row-${item}"] td.fin`).innerText());
}

/** Signs in as station after station until one still has room in the row, and gives its key and points. */
async function stationWithRoom(page: Page, item: string, cap: number, needed: number): Promise<{ station: string; before: number; city: string }> {
  const managers = accounts().filter((one) => one.role === "station_manager");
  for (let index = 0; index < managers.length; index += 1) {
    await signIn(page, "station_manager", index);
    await page.goto(at("/desk"));
    const href = await page.locator(".fs-counts a.wide").getAttribute("href");
    const station = href!.split("/").pop()!;
    await page.goto(at(sheetOf(station)));
    const before = await points(page, item);
    if (before + needed <= cap) {
      const head = await page.locator(".fs-head p").innerText();
      return { station, before, city: head };
    }
    await page.context().clearCookies();
  }
  throw new Error(`no station has room in ${item}`);
}

test("an entry with a photo becomes a point, which the province reads down to the photo and another city cannot", async ({ page, browser }) => {
  test.setTimeout(120_000);
  const watched = watch(page);
  const { station, before, city } = await stationWithRoom(page, "outreach", 30, 5);

  await page.goto(at("/appraisal/ledger/new"));
  const title = `示例应诉实务培训（浏览器测试 ${Date.now()}）`;
  await page.locator("#kind").selectOption("outreach.organised");
  await page.locator("#title").fill(title);
  await page.locator("input[type=file]").setInputFiles({ name: "签到表.png", mimeType: "image/png", buffer: photo(Date.now() % 256) });
  await page.getByRole("button", { name: "记入台账" }).click();
  await expect(page.locator("h1")).toHaveText(title);
  const entry = new URL(page.url()).pathname;
  const image = page.locator(".fs-photos img").first();
  await expect.poll(() => image.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(64);

  await page.goto(at(`${sheetOf(station)}?open=outreach`));
  expect(await points(page, "outreach")).toBeCloseTo(before + 5, 5);
  await expect(page.locator(`tr[id="r-outreach"] a[href="${entry}"]`).first()).toBeVisible();
  watched.quiet();

  const province = await (await browser.newContext()).newPage();
  await signIn(province, "province_clerk");
  await province.goto(at(`${sheetOf(station)}?open=outreach`));
  expect(await points(province, "outreach")).toBeCloseTo(before + 5, 5);
  await province.locator(`tr[id="r-outreach"] a[href="${entry}"]`).first().click();
  await expect(province.locator("h1")).toHaveText(title);
  const file = await province.locator(".fs-photos a").first().getAttribute("href");
  const bytes = await province.request.get(at(file!));
  expect(bytes.headers()["content-type"]).toBe("image/png");
  expect((await bytes.body()).length).toBeGreaterThan(60);

  const other = await (await browser.newContext()).newPage();
  const clerks = accounts().filter((one) => one.role === "city_clerk");
  for (let index = 0; index < clerks.length; index += 1) {
    await signIn(other, "city_clerk", index);
    const unit = await other.locator(".fs-unit").innerText();
    if (!city.includes(unit.replace("商务局", ""))) break;
    await other.context().clearCookies();
  }
  for (const path of [entry, file!, sheetOf(station), `/duties/stations/${station}`]) {
    expect((await other.request.get(at(path))).status(), path).toBe(404);
  }
});

test("a form sent back keeps what was typed and names each mistake", async ({ page }) => {
  await signIn(page, "station_manager");
  await page.goto(at("/appraisal/ledger/new"));
  await page.locator("form.fs-form").evaluate((form: HTMLFormElement) => { form.noValidate = true; });
  await page.locator("#title").fill("没有类别的一笔");
  await page.locator("#url").fill("javascript:alert(1)");
  await page.getByRole("button", { name: "记入台账" }).click();
  await expect(page.locator("#kind-error")).toContainText("请选择");
  await expect(page.locator("#url-error")).toContainText("http");
  await expect(page.locator("#title")).toHaveValue("没有类别的一笔");
});

test("pages read without JavaScript", async ({ browser }) => {
  const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  await signIn(page, "station_manager");
  await page.goto(at("/desk"));
  const href = await page.locator(".fs-counts a.wide").getAttribute("href");
  await page.goto(at(`${href}?open=outreach`));
  await expect(page.locator("tr[id='r-outreach']")).not.toHaveClass(/shut/);
  await page.goto(at("/appraisal/ledger/new"));
  await page.locator("#kind").selectOption("outreach.attended");
  await page.locator("#title").fill("不用脚本登记（示例）");
  await page.getByRole("button", { name: "记入台账" }).click();
  await expect(page.locator("h1")).toHaveText("不用脚本登记（示例）");
});

/** One role's pages, each looked at on a screen and on a phone. */
const ROUNDS: { role: string; paths: string[] }[] = [
  { role: "station_manager", paths: ["/desk", "/appraisal/ledger", "/appraisal/ledger/new", "/appraisal/ledger/import", "/duties/roster", "/duties/roster/import", "/duties/stations", "/appraisal/cycles", "/general/rules"] },
  { role: "province_clerk", paths: ["/desk", "/duties/stations", "/appraisal/ledger", "/appraisal/findings/new", "/appraisal/cycles", `/appraisal/cycles/${YEAR}`, `/appraisal/cycles/${YEAR}/ranking`, `/appraisal/cycles/${YEAR - 1}/ranking`, `/appraisal/cycles/${YEAR}/assignments`, `/appraisal/cycles/${YEAR - 1}/stations/1`] },
  { role: "city_clerk", paths: ["/desk", "/duties/stations", "/appraisal/ledger", "/appraisal/cycles"] },
  { role: "expert", paths: ["/desk", "/appraisal/marks"] },
  { role: "system_admin", paths: ["/desk", "/general/accounts"] },
  { role: "security_admin", paths: ["/general/accounts"] },
  { role: "auditor", paths: ["/general/audit"] },
];

for (const { role, paths } of ROUNDS) {
  for (const width of [1440, 390]) {
    test(`${role}'s pages are quiet and fit at ${width} px`, async ({ page }) => {
      test.setTimeout(90_000);
      const watched = watch(page);
      await page.setViewportSize({ width, height: 900 });
      await signIn(page, role);
      for (const path of paths) {
        const answer = await page.goto(at(path));
        expect(answer?.status(), path).toBe(200);
        await expect(page.locator("h1"), path).toHaveCount(1);
        await test.step(`${path} fits`, () => fits(page));
      }
      watched.quiet();
    });
  }
}
