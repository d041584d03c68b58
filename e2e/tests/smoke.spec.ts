import { expect, test } from "@playwright/test";
import { at } from "../lib/people";
import { accessible, fits, watch } from "../lib/watch";

test("the server says that it is well", async ({ request }) => {
  expect((await request.get(at("/healthz"))).ok()).toBe(true);
});

for (const width of [1440, 390]) {
  test(`the sign-in page is quiet, accessible and fits at ${width} px`, async ({ page }) => {
    const watched = watch(page);
    await page.setViewportSize({ width, height: 844 });
    await page.goto(at("/login"), { waitUntil: "networkidle" });
    await expect(page.locator("h1")).toHaveCount(1);
    await expect(page.locator("input[name=password]")).toBeVisible();
    await fits(page);
    await accessible(page);
    watched.quiet();
  });
}
