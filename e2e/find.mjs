import { chromium } from "playwright-core";
const [base, user, path, like] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
const page = await (await browser.newContext({ locale: "zh-CN" })).newPage();
if (user !== "-") { await page.goto(base + "/login"); await page.fill("[name=username]", user); await page.fill("[type=password]", "Fengsui-2026"); await page.click("form button[type=submit]"); await page.waitForLoadState("networkidle"); }
await page.goto(base + path);
const links = await page.locator("main a[href]").evaluateAll((all) => all.map((l) => l.getAttribute("href")));
console.log([...new Set(links.filter((l) => new RegExp(like ?? ".").test(l)))].join("\n"));
await browser.close();
