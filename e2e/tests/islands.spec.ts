import { expect, test as base, type Page } from "@playwright/test";
import { accessible, fits, watch } from "../lib/watch";
import { go, show, Workbench } from "../lib/workbench";

const PNG = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
const PHOTO = { name: "现场.png", mimeType: "image/png", buffer: PNG };
const SHEET = { name: "签到表.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.4 签到") };

const FORM = (errors = "") => `<form class="fs-form" method="post" action="/save" enctype="multipart/form-data" data-draft="u1:new">
  <input type="hidden" name="csrf" value="t1">
  <div class="fs-field span"><label class="form-label fs-need" for="title">标题</label>
    <input class="form-control" id="title" name="title" aria-describedby="title-error">${errors}</div>
  <div class="fs-field"><label class="form-label" for="kind">方式</label>
    <select class="form-select" id="kind" name="kind"><option value="a">组织</option><option value="b">参与</option></select></div>
  <fieldset class="fs-field"><legend>公开</legend><div class="fs-choice"><label><input class="form-check-input" type="checkbox" name="open" value="1">对外公开</label></div></fieldset>
  <fs-upload data-max-bytes="1000" data-max-files="3"><label class="form-label" for="files">证据材料</label>
    <input class="form-control" type="file" id="files" name="files" multiple accept="image/*,.pdf"></fs-upload>
  <div class="fs-acts"><button class="btn" name="step" value="draft">存草稿</button><button class="btn btn-primary" name="step" value="file">记入台账</button></div></form>`;

const test = base.extend<{ bench: Workbench }>({
  bench: async ({}, use) => {
    const bench = await Workbench.open();
    bench.pages.set("/new", FORM());
    bench.pages.set("/done", '<p class="fs-note ok">已记入台账。</p>');
    await use(bench);
    await bench.close();
  },
});

const choose = (page: Page, files: (typeof PHOTO)[]) => page.locator("#files").setInputFiles(files);
const submit = (page: Page) => page.getByRole("button", { name: "记入台账" }).click();

test("files are chosen in several goes, shown, taken out, and sent with the form", async ({ page, bench }) => {
  const watched = watch(page);
  let sent = "";
  bench.answers.set("POST /save", (_, response, body) => { sent = body.toString(); go(response, "/done"); });
  await page.goto(bench.at("/new"));
  await page.locator("#title").fill("培训");
  await choose(page, [PHOTO]);
  await choose(page, [SHEET, { ...SHEET, name: "过大.pdf", buffer: Buffer.alloc(2000, 1) }]);
  await expect(page.locator(".fs-files .thumb img")).toHaveJSProperty("naturalWidth", 1);
  await expect(page.locator(".fs-files")).toContainText("过大.pdf：超过 1000 B，未加入。");
  await expect(page.locator(".fs-files .name")).toHaveText([/现场\.png/, /签到表\.pdf/]);
  await page.getByRole("button", { name: "移除 签到表.pdf" }).click();
  await expect(page.getByText("已选 1 个文件")).toBeVisible();
  await submit(page);
  await expect(page).toHaveURL(bench.at("/done"));
  expect(sent).toContain('name="files"; filename="现场.png"');
  expect(sent).not.toContain("签到表");
  expect(sent).toContain('name="step"\r\n\r\nfile');
  await expect.poll(() => page.evaluate(() => Object.keys(localStorage))).toEqual([]);
  watched.quiet();
});

test("a refusal is shown in place, and what was typed and chosen stays", async ({ page, bench }) => {
  const refusal = '<div class="fs-refuse"><strong>标题不全，不能记入。</strong><p>依据：办法第十三条。</p></div>';
  let tries = 0;
  let sent = "";
  bench.answers.set("POST /save", (_, response, body) => {
    tries += 1;
    sent = body.toString();
    if (tries > 1) return go(response, "/done");
    show(response, 422, refusal + FORM('<p class="fs-field-error" id="title-error">标题少于 4 个字。</p>').replace('value="t1"', 'value="t2"'));
  });
  await page.goto(bench.at("/new"));
  await page.locator("#title").fill("培训");
  await choose(page, [PHOTO]);
  await submit(page);
  await expect(page.locator(".fs-answer .fs-refuse")).toContainText("标题不全");
  await expect(page.locator("#title-error")).toHaveText("标题少于 4 个字。");
  await expect(page.locator("#title")).toBeFocused();
  await expect(page.locator("#title")).toHaveValue("培训");
  await accessible(page);
  await page.locator("#title").fill("轮胎培训");
  await submit(page);
  await expect(page).toHaveURL(bench.at("/done"));
  expect(sent).toContain("现场.png");
  expect(sent).toContain('name="csrf"\r\n\r\nt2');
});

test("after a broken connection the upload can be tried again", async ({ page, bench }) => {
  let broken = true; // the browser itself tries a reset connection a second time
  bench.answers.set("POST /save", (request, response) => {
    if (broken) request.socket.destroy();
    else go(response, "/done");
  });
  await page.goto(bench.at("/new"));
  await page.locator("#title").fill("培训");
  await choose(page, [PHOTO]);
  await submit(page);
  await expect(page.locator(".fs-sending .fs-error")).toContainText("填写的内容和所选文件都还在");
  broken = false;
  await page.getByRole("button", { name: "重试" }).click();
  await expect(page).toHaveURL(bench.at("/done"));
});

test("an expired session loses nothing", async ({ page, bench }) => {
  bench.pages.set("/login", '<div class="fs-login"></div>');
  bench.answers.set("POST /save", (_, response) => go(response, "/login"));
  await page.goto(bench.at("/new"));
  await page.locator("#title").fill("培训");
  await choose(page, [PHOTO]);
  await submit(page);
  await expect(page.getByRole("link", { name: "在新窗口登录" })).toBeVisible();
  await expect(page).toHaveURL(bench.at("/new"));
});

test("without JavaScript the same form posts by itself", async ({ browser, bench }) => {
  let sent = "";
  bench.answers.set("POST /save", (_, response, body) => { sent = body.toString(); go(response, "/done"); });
  const page = await browser.newPage({ javaScriptEnabled: false });
  await page.goto(bench.at("/new"));
  await choose(page, [PHOTO]);
  await submit(page);
  await expect(page).toHaveURL(bench.at("/done"));
  expect(sent).toContain("现场.png");
  await page.close();
});

test("typing is kept over a reload, can be cleared, and guards the page", async ({ page, bench }) => {
  const asked: string[] = [];
  page.on("dialog", (dialog) => { asked.push(dialog.type()); void dialog.accept(); });
  await page.goto(bench.at("/new"));
  await page.locator("#title").fill("轮胎企业应诉培训");
  await page.locator("#kind").selectOption("b");
  await page.locator("input[name=open]").check();
  await page.reload();
  expect(asked).toEqual(["beforeunload"]);
  await expect(page.locator(".fs-restored")).toContainText("已恢复未提交的内容");
  await expect(page.locator("#title")).toHaveValue("轮胎企业应诉培训");
  await expect(page.locator("#kind")).toHaveValue("b");
  await expect(page.locator("input[name=open]")).toBeChecked();
  await page.getByRole("button", { name: "清除，恢复原样" }).click();
  await expect(page.locator("#title")).toHaveValue("");
  await page.reload();
  expect(asked).toHaveLength(1);
  await expect(page.locator(".fs-restored")).toHaveCount(0);
});

test("a draft outlives a refused submit and goes with an accepted one", async ({ page, bench }) => {
  let tries = 0;
  bench.answers.set("POST /save", (_, response) => {
    tries += 1;
    if (tries > 1) go(response, "/done");
    else show(response, 500, '<div class="fs-error"><strong>没有保存成功。</strong></div>');
  });
  const drafts = () => page.evaluate(() => Object.keys(localStorage).filter((name) => name.startsWith("fs-draft:")).length);
  await page.goto(bench.at("/new"));
  await page.locator("#title").fill("轮胎培训");
  await submit(page);
  await expect(page.locator(".fs-error")).toBeVisible();
  expect(await drafts()).toBe(1);
  await page.goto(bench.at("/new"));
  await expect(page.locator("#title")).toHaveValue("轮胎培训");
  await submit(page);
  await expect(page).toHaveURL(bench.at("/done"));
  expect(await drafts()).toBe(0);
});

/** A form that saves itself, on a server that keeps what it was sent and shows it again. */
function keeping(bench: Workbench): { kept: URLSearchParams; times: number; broken: boolean } {
  const state = { kept: new URLSearchParams(), times: 0, broken: false };
  const page = (): string => `<form class="fs-form" method="post" action="/handed-in" data-autosave="/kept">
    <div class="fs-field"><label class="form-label" for="mark">评分</label><input class="form-control" id="mark" name="mark" value="${state.kept.get("mark") ?? ""}"></div>
    <div class="fs-field"><label class="form-label" for="opinion">评审意见</label><textarea class="form-control" id="opinion" name="opinion">${state.kept.get("opinion") ?? ""}</textarea></div>
    <p class="fs-hint" data-autosave-said role="status">填写的内容随时保存。</p><div class="fs-acts"><button class="btn btn-primary">提交并锁定</button></div></form>`;
  bench.answers.set("GET /review", (_, response) => show(response, 200, page()));
  bench.answers.set("POST /kept", (request, response, body) => {
    if (state.broken) { request.socket.destroy(); return; }
    state.times += 1;
    state.kept = new URLSearchParams(body.toString());
    go(response, "/review");
  });
  return state;
}

test("a draft is saved as one types, and a reload shows it", async ({ page, bench }) => {
  const watched = watch(page);
  const state = keeping(bench);
  await page.goto(bench.at("/review"));
  await page.locator("#mark").fill("8.5");
  await page.locator("#opinion").fill("条件符合，建议列入");
  await expect(page.locator("[data-autosave-said]")).toContainText("已保存，尚未提交");
  expect(state.times, "one saving for what was typed in one go").toBe(1);
  await page.reload();
  await expect(page.locator("#mark")).toHaveValue("8.5");
  await expect(page.locator("#opinion")).toHaveValue("条件符合，建议列入");
  watched.quiet();
});

test("what was typed a moment before the page is left is saved too", async ({ page, bench }) => {
  const state = keeping(bench);
  await page.goto(bench.at("/review"));
  await page.locator("#opinion").fill("离开前写下的意见");
  await page.goto(bench.at("/done"));
  await expect.poll(() => state.kept.get("opinion")).toBe("离开前写下的意见");
});

test("without a network the form says that nothing was saved, and saves again when it can", async ({ page, bench }) => {
  const state = keeping(bench);
  await page.goto(bench.at("/review"));
  state.broken = true;
  await page.locator("#opinion").fill("断网时写的");
  await expect(page.locator("[data-autosave-said]")).toContainText("尚未保存");
  await expect(page.locator("#opinion")).toHaveValue("断网时写的");
  state.broken = false;
  await page.locator("#opinion").pressSequentially("意见");
  await expect(page.locator("[data-autosave-said]")).toContainText("已保存，尚未提交");
  expect(state.kept.get("opinion")).toBe("断网时写的意见");
});

test("an act is confirmed in a dialog, by the button's own verb", async ({ page, bench }) => {
  let posts = 0;
  bench.answers.set("POST /revoke", (_, response) => { posts += 1; go(response, "/done"); });
  bench.pages.set("/act", '<form method="post" action="/revoke" data-confirm="撤回后对外页面同时下线。"><button class="btn">撤回</button></form>');
  await page.goto(bench.at("/act"));
  await page.getByRole("button", { name: "撤回" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("撤回后对外页面同时下线。");
  await accessible(page);
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  expect(posts).toBe(0);
  await page.getByRole("button", { name: "撤回" }).click();
  await dialog.getByRole("button", { name: "撤回" }).click();
  await expect(page).toHaveURL(bench.at("/done"));
  expect(posts).toBe(1);
});

test("pasted rows are counted and previewed", async ({ page, bench }) => {
  bench.pages.set("/paste", `<form><fs-paste data-columns="日期,标题,网址" data-required="2" data-preview="2"><label class="form-label" for="rows">粘贴</label>
    <textarea class="form-control" id="rows" name="rows" rows="6"></textarea></fs-paste></form>`);
  await page.goto(bench.at("/paste"));
  await page.locator("#rows").fill('日期\t标题\t网址\r\n2026-01-05\t"含\t制表与""引号"""\thttps://a.example\n\n2026-01-06\t第二条\t\n2026-01-07\n');
  await expect(page.locator("fs-paste")).toContainText("识别到 3 行；首行是表头，不计入；其中 1 行不足 2 列");
  await expect(page.locator("fs-paste tbody tr")).toHaveCount(2);
  await expect(page.locator("fs-paste tbody tr").first()).toContainText('含\t制表与"引号"');
  await page.locator("#rows").fill("只有一列\n第二行");
  await expect(page.locator("fs-paste")).toContainText("没有分列");
});

test("a long job shows how far it is, survives a missed answer, and ends in a link", async ({ page, bench }) => {
  let asked = 0;
  bench.answers.set("GET /job", (request, response) => {
    asked += 1;
    if (asked === 2) { request.socket.destroy(); return; }
    const over = asked > 3;
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ done: over ? 500 : 125, total: 500, state: over ? "done" : "running", message: over ? "导入完成" : "正在导入", href: over ? "/done" : null }));
  });
  bench.pages.set("/wait", '<fs-progress data-url="/job" data-label="导入企业名单" data-done="查看导入结果"><p>正在处理，请稍后刷新本页。</p></fs-progress>');
  await page.goto(bench.at("/wait"));
  const bar = page.getByRole("progressbar", { name: "导入企业名单" });
  await expect(bar).toHaveAttribute("aria-valuenow", "25");
  await expect(bar).toContainText("125 / 500");
  await expect(page.getByRole("link", { name: "查看导入结果" })).toHaveAttribute("href", "/done", { timeout: 15_000 });
  await expect(bar).toHaveAttribute("aria-valuenow", "100");
});

test("large type and dark are remembered; a row of the annex unfolds; nothing carries a style attribute", async ({ page, bench }) => {
  const watched = watch(page);
  bench.pages.set("/face", `<p class="fs-acts"><button id="large" class="btn">大字</button><button id="dark" class="btn">深色</button></p>
    <table class="fs-sheet"><tbody><tr><td><button class="fs-open" type="button" aria-expanded="false" aria-controls="r1">人员配备</button></td></tr>
    <tr class="unfold shut" id="r1"><td><p>任命文件</p></td></tr></tbody></table><form data-draft="u1:part"><input name="x" aria-label="x"></form>`);
  await page.goto(bench.at("/face"));
  await page.getByRole("button", { name: "深色" }).click();
  await page.getByRole("button", { name: "大字" }).click();
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-bs-theme", "dark");
  await expect(page.locator("html")).toHaveAttribute("data-type", "large");
  await expect(page.getByText("任命文件")).toBeHidden();
  await page.getByRole("button", { name: "人员配备" }).click();
  await expect(page.getByText("任命文件")).toBeVisible();
  await page.getByLabel("x", { exact: true }).fill("草稿");
  await expect.poll(() => page.evaluate(() => localStorage.getItem("fs-draft:u1:part"))).toContain("草稿");
  await expect(page.locator("[style]")).toHaveCount(0);
  await accessible(page);
  watched.quiet();
});

for (const width of [1440, 390]) {
  test(`a form page fits and is accessible at ${width} px`, async ({ page, bench }) => {
    await page.setViewportSize({ width, height: 844 });
    await page.goto(bench.at("/new"));
    await choose(page, [PHOTO, SHEET]);
    await fits(page);
    await accessible(page);
  });
}
