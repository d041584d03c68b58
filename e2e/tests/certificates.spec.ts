import { expect, test } from "@playwright/test";
import { at } from "../lib/people";
import { accessible, fits, watch } from "../lib/watch";

for (const width of [1440, 390]) {
  test(`the certificate check is quiet, accessible and fits at ${width} px`, async ({ page }) => {
    const watched = watch(page);
    await page.setViewportSize({ width, height: 844 });
    for (const path of ["/public/certificates", "/public/certificates/37-001", "/public/certificates?number=0"]) {
      await page.goto(at(path), { waitUntil: "networkidle" });
      await expect(page.locator("h1")).toHaveText("证书查验");
      await fits(page);
      await accessible(page);
    }
    watched.quiet();
  });
}

test("a certificate is checked without scripts", async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(at("/"));
  await page.getByRole("link", { name: "证书查验" }).click();
  await page.getByLabel("证书编号").fill("37-001");
  await page.getByRole("button", { name: "查验" }).click();
  await expect(page.locator("#answer")).toContainText("有效");
  await page.getByLabel("证书编号").fill("37-9999");
  await page.getByRole("button", { name: "查验" }).click();
  await expect(page.locator("#answer")).toContainText("没有编号为 37-9999 的工作站");
  await context.close();
});
