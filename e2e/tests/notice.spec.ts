import { expect, test, type Page } from "@playwright/test";
import { at } from "../lib/people";
import { accessible, fits, watch } from "../lib/watch";

/** Opens the public notice that stands in the sample province. */
async function openNotice(page: Page): Promise<void> {
  await page.goto(at("/public/notices"));
  await page.getByRole("link", { name: /拟入选工作站名单的公示/ }).first().click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("拟入选工作站名单的公示");
}

for (const width of [1440, 390]) {
  test(`public notice and objection form are accessible and fit at ${width} px`, async ({ page }) => {
    const watched = watch(page);
    await page.setViewportSize({ width, height: 844 });
    await openNotice(page);
    await fits(page);
    await accessible(page);
    await page.getByRole("link", { name: "提出异议" }).click();
    await expect(page.getByLabel("姓名")).toBeVisible();
    await fits(page);
    await accessible(page);
    watched.quiet();
  });
}

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("anyone with a name objects and looks up what became of it", async ({ page }) => {
    await openNotice(page);
    await page.getByRole("link", { name: "提出异议" }).click();
    await page.getByLabel("姓名").fill("示例来信人");
    await page.getByLabel("联系电话或者电子邮箱").fill("letter@example.org");
    await page.getByLabel("事实和理由").fill("公示名单中的办公地点与实际不符，请予核实。");
    await page.getByRole("button", { name: "提交异议" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("异议受理情况");
    await expect(page.getByText("查询码", { exact: true })).toBeVisible();
    await expect(page.getByText("示例来信人")).toHaveCount(0);
  });
});
