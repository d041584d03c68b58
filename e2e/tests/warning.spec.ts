// From a notice abroad to the firm that must act: a Federal Register file is uploaded, the tyre station makes a warning of it,
// the public reads it, the firm gets a letter by real mail and answers, the station sees the receipt and its month's count.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test, type Locator, type Page } from "@playwright/test";
import { MailServer } from "../lib/mail";
import { enter } from "../lib/people";
import { province, type Running } from "../lib/server";
import { accessible, fits, watch } from "../lib/watch";

const FIRM = { uscc: "91110000101623741K", name: "示例轮胎出口有限公司", codes: "4011.10", markets: "美国、欧盟", email: "export@tyre.example.com" };
const HEADLINE = "美国反倾销立案（乘用车和轻型卡车轮胎）";
const SUMMARY = "美国商务部公告，对自中国进口的乘用车和轻型卡车轮胎启动反倾销调查（示例）。";
const ADVICE = ["核对是否向美国出口上列税号产品。", "拟应诉的，保存订单、报关单和成本资料。"];
const REMARK = "拟应诉，需要律师名录";
const QUESTION = "登记应诉需要准备哪些材料？";

/** A day in China, so many from today, as the register writes it. */
const day = (from: number): string => new Date(Date.now() + from * 86_400_000).toLocaleDateString("sv-SE", { timeZone: "Asia/Shanghai" });
const NEWS = day(-3);
const DEADLINE = day(25);

/** The constructed answer of the register's API, as it would have been published three days ago. */
function notices(): Buffer {
  const text = readFileSync(fileURLToPath(new URL("../fixtures/federal-register.json", import.meta.url)), "utf8");
  const dated = text.replaceAll("2001-02-01", DEADLINE).replaceAll("2001-01-02", NEWS).replaceAll("2001/01/02", NEWS.replaceAll("-", "/"));
  return Buffer.from(dated.replaceAll("01/02/2001", `${NEWS.slice(5, 7)}/${NEWS.slice(8)}/${NEWS.slice(0, 4)}`));
}

/** A real answer of the register, in a folder `shared` beside the repository; `undefined` where there is none. */
function real(): string | undefined {
  const name = "shared/data/us_fr/fr_api_v1_documents_search_2016-02-29.json";
  for (let folder = fileURLToPath(new URL("../..", import.meta.url)); dirname(folder) !== folder; folder = dirname(folder)) {
    if (existsSync(join(folder, name))) return join(folder, name);
  }
  return undefined;
}

// A step that finds nothing says so before the whole test is over.
test.use({ actionTimeout: 15_000 });

let mail: MailServer;
let home: Running;

test.beforeAll(async () => {
  test.setTimeout(180_000);
  mail = await MailServer.open();
  home = await province(4, (url) => ({
    FENGSUI_MAIL_SERVER: mail.host,
    FENGSUI_MAIL_SECURITY: "none",
    FENGSUI_MAIL_FROM: "示例预警 <warning@fengsui.example.cn>",
    FENGSUI_PUBLIC_ADDRESS: url,
  }));
});

test.afterAll(async () => {
  await home?.stop();
  await mail?.close();
});

const at = (path: string): string => new URL(path, home.url).href;
const title = (page: Page): Locator => page.getByRole("heading", { level: 1 });

/** One heading and nothing too wide, on a desk and in a hand; nothing for axe to complain of. */
async function sound(page: Page): Promise<void> {
  await test.step(`${new URL(page.url()).pathname} is sound`, async () => {
    for (const width of [390, 1440]) {
      await page.setViewportSize({ width, height: 844 });
      await expect(title(page)).toHaveCount(1);
      await fits(page);
    }
    await accessible(page);
  });
}

async function signIn(page: Page, role: string): Promise<void> {
  const person = home.accounts.find((one) => one.role === role);
  if (!person) throw new Error(`the sample has no account of role ${role}`);
  await enter(page, at("/login"), person);
}

/** How many warnings the desk counts for the station this month: the row of the annex on publishing. */
async function counted(page: Page): Promise<number> {
  await page.goto(at("/desk"));
  const month = page.getByRole("list", { name: "各月发布数量与得分" }).locator("li[aria-current=date]");
  const said = /^(\d+) 条$/.exec(await month.locator("b").innerText());
  if (!said) throw new Error("the desk shows no count of this month");
  return Number(said[1]);
}

/** A figure at the head of a page. */
const figure = (page: Page, name: string): Locator => page.locator(".fs-counts > *").filter({ hasText: name }).locator("b");

async function addFirm(page: Page): Promise<void> {
  await page.goto(at("/duties/roster"));
  await page.getByRole("link", { name: "增加企业" }).click();
  await page.getByLabel("统一社会信用代码").fill(FIRM.uscc);
  await page.getByLabel("企业名称").fill(FIRM.name);
  await page.getByLabel("HS 编码").fill(FIRM.codes);
  await page.getByLabel("出口市场").fill(FIRM.markets);
  await page.getByLabel("电子邮箱").fill(FIRM.email);
  await sound(page);
  await page.getByRole("button", { name: "增加", exact: true }).click();
  await expect(title(page)).toHaveText("企业库");
  await expect(page.getByRole("status")).toContainText("企业库已更新");
}

async function upload(page: Page, file: string | { name: string; mimeType: string; buffer: Buffer }): Promise<void> {
  await page.goto(at("/duties/feeds"));
  await page.getByRole("link", { name: "上传公告文件" }).click();
  await page.getByLabel("来源", { exact: true }).selectOption({ label: "美国《联邦公报》（JSON）" });
  await page.getByLabel("文件", { exact: true }).setInputFiles(file);
  await page.getByRole("button", { name: "上传", exact: true }).click();
  await expect(page).toHaveURL(/\/duties\/feeds\/intakes\/\d+/);
}

/** The notice as it came in, where it went, and the signal in the station's inbox. */
async function receive(page: Page): Promise<void> {
  await page.goto(at("/duties/feeds"));
  await sound(page);
  await page.goto(at("/duties/feeds/uploads/new"));
  await sound(page);
  await upload(page, { name: "documents.json", mimeType: "application/json", buffer: notices() });
  await expect(figure(page, "读取")).toHaveText("2");
  await expect(figure(page, "来源自报")).toHaveText("2");
  await expect(page.getByRole("row", { name: /Wire Rod From Brazil/ })).toContainText("不涉及中国");
  await sound(page);
  await page.getByRole("link", { name: HEADLINE }).click();
  await expect(title(page)).toHaveText(HEADLINE);
  await expect(page.getByText("A-570-998")).toBeVisible();
  await sound(page);
}

/** Accepts the signal and writes the warning; its address. */
async function write(page: Page): Promise<string> {
  await page.goto(at("/duties/signals"));
  await sound(page);
  await page.getByRole("link", { name: HEADLINE }).click();
  await expect(title(page)).toHaveText(HEADLINE);
  await expect(page.getByText(/企业库 \d+ 家涉及/)).toBeVisible();
  await sound(page);
  await page.getByRole("link", { name: "采用并编写预警" }).click();
  await expect(page.getByLabel("标题", { exact: true })).toHaveValue(HEADLINE);
  await expect(page.getByLabel("税号", { exact: true })).toHaveValue(/4011\.10/);
  await expect(page.getByLabel("评论、答复截止")).toHaveValue(DEADLINE);
  await sound(page);
  await page.getByRole("radio", { name: /^红色/ }).check();
  await page.getByLabel("内容摘要").fill(SUMMARY);
  await page.getByLabel("企业应做的事").fill(ADVICE.join("\n"));
  await page.getByRole("button", { name: "保存草稿" }).click();
  await expect(page.getByRole("status")).toContainText("预警已保存");
  await sound(page);
  return new URL(page.url()).pathname;
}

/** Publishes after a second thought: nothing is published before the question is answered. */
async function publish(page: Page): Promise<void> {
  const ask = page.getByRole("dialog");
  await page.getByRole("button", { name: "发布", exact: true }).click();
  await expect(ask).toContainText("不能删除");
  await accessible(page);
  await ask.getByRole("button", { name: "取消" }).click();
  await expect(page.locator(".fs-head")).toContainText("草稿");
  await page.getByRole("button", { name: "发布", exact: true }).click();
  await ask.getByRole("button", { name: "发布" }).click();
  await expect(page.getByRole("status")).toContainText("预警已发布");
  await sound(page);
}

/** The public's pages, of which none names a firm; each is looked over as the browser at hand allows. */
async function readInPublic(page: Page, look: (page: Page) => Promise<void>): Promise<void> {
  for (const path of ["/", "/warnings"]) {
    await page.goto(at(path));
    await expect(page.getByRole("link", { name: HEADLINE })).toBeVisible();
    await look(page);
  }
  await page.getByRole("link", { name: HEADLINE }).click();
  await expect(page).toHaveURL(/\/warnings\/\d+$/);
  await expect(title(page)).toHaveText(HEADLINE);
  await expect(page.getByText("红色预警")).toBeVisible();
  await expect(page.getByText(SUMMARY)).toBeVisible();
  await expect(page.getByText(FIRM.name)).toHaveCount(0);
  await look(page);
}

/** What the firm does with its letter's link. */
async function answer(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await expect(page.getByText(FIRM.name)).toBeVisible();
  await sound(page);
  await page.getByRole("radio", { name: "涉及，需要帮助" }).check();
  await page.getByLabel("说明", { exact: true }).fill(REMARK);
  await page.getByRole("button", { name: "提交回执" }).click();
  await expect(page.getByRole("status")).toContainText("回执已收到");
  await page.getByLabel("内容", { exact: true }).fill(QUESTION);
  await page.getByRole("button", { name: "送工作站" }).click();
  await expect(page.getByRole("status")).toContainText("已送工作站");
  await expect(page.getByText(QUESTION)).toBeVisible();
  await sound(page);
}

test("a notice abroad becomes a warning, a letter to the firm it concerns, and one more in the month's count", async ({ page, browser }) => {
  test.setTimeout(180_000);
  const watched = watch(page);
  await signIn(page, "station_manager");
  await expect(page.locator(".fs-unit")).toContainText("轮胎");
  await addFirm(page);
  const before = await counted(page);
  await receive(page);
  const warning = await write(page);
  expect(mail.letters, "nothing goes out before it is published").toEqual([]);
  await publish(page);
  expect(await counted(page)).toBe(before + 1);

  // Axe needs scripts; who reads does not.
  const plain = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 390, height: 844 } });
  await readInPublic(await plain.newPage(), fits);
  const reader = await (await browser.newContext()).newPage();
  await readInPublic(reader, sound);

  await expect.poll(() => mail.letters.filter(({ to }) => to === FIRM.email).length, { timeout: 15_000 }).toBe(1);
  const letter = mail.letters.find(({ to }) => to === FIRM.email)!;
  expect(letter.from).toBe("warning@fengsui.example.cn");
  expect(letter.header("Subject")).toBe(`[红色预警] ${HEADLINE}`);
  const text = letter.part("text/plain");
  for (const said of [SUMMARY, ...ADVICE, "4011.10", DEADLINE]) expect(text).toContain(said);
  const link = /http\S+\/letters\/\w+/.exec(text)?.[0] ?? "";
  expect(link).toContain(home.url);

  const firm = await (await browser.newContext()).newPage();
  const quiet = watch(firm);
  await answer(firm, link);
  quiet.quiet();

  await page.goto(at(warning));
  const row = page.getByRole("row", { name: new RegExp(FIRM.name) });
  for (const said of ["已回执", "涉及，需要帮助", REMARK]) await expect(row).toContainText(said);
  await expect(figure(page, "已回执")).toHaveText("1");
  await sound(page);
  await page.goto(at("/duties/warnings"));
  await expect(page.getByRole("link", { name: HEADLINE })).toBeVisible();
  await sound(page);
  watched.quiet();
});

test("a real answer of the register is read to its last record", async ({ page }) => {
  test.skip(!real(), "shared/data/us_fr is not beside the repository");
  await signIn(page, "station_manager");
  await upload(page, real()!);
  await expect(figure(page, "读取")).toHaveText("129");
  await expect(figure(page, "来源自报")).toHaveText("129");
  await sound(page);
});
