// What a page leads to can be opened by whoever reads the page: every kind of link, for the public and for every role.
import { expect, test, type Page } from "@playwright/test";
import { ROLES, at, signIn } from "../lib/people";

/** Addresses read of one kind: those that differ only in their numbers. */
const OF_A_KIND = 2;
/** A reader's pages, beyond which something makes ever new kinds of link. */
const MOST = 400;

const kindOf = (address: string): string => address.replace(/\d+/g, "0").replace(/\?.*/, "?");

/** The links within the site on a page. */
function links(html: string): string[] {
  const found = Array.from(html.matchAll(/<a\b[^>]*?\bhref="(\/[^"#]*)/g), (link) => (link[1] ?? "").replaceAll("&amp;", "&"));
  return found.filter((link) => link !== "" && !link.startsWith("//"));
}

/** Follows links from a page on; how many addresses it opened, and those that do not open, each with the page it stands on. */
async function follow(page: Page, start: string): Promise<{ opened: number; dead: string[] }> {
  const waiting: { address: string; on: string }[] = [{ address: start, on: start }];
  const seen = new Set([start]);
  const kinds = new Map<string, number>();
  const dead: string[] = [];
  let opened = 0;
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { address, on } = next;
    const answer = await page.request.get(at(address));
    opened += 1;
    expect(opened, "kinds of link").toBeLessThan(MOST);
    if (!answer.ok()) dead.push(`${answer.status()} ${address} on ${on}`);
    if (!(answer.headers()["content-type"] ?? "").startsWith("text/html")) continue;
    for (const link of links(await answer.text())) {
      const known = kinds.get(kindOf(link)) ?? 0;
      if (seen.has(link) || known >= OF_A_KIND) continue;
      seen.add(link);
      kinds.set(kindOf(link), known + 1);
      waiting.push({ address: link, on: address });
    }
  }
  return { opened, dead };
}

test("every link of the public's pages opens", async ({ page }) => {
  test.setTimeout(120_000);
  const { opened, dead } = await follow(page, "/");
  expect(dead).toEqual([]);
  expect(opened).toBeGreaterThan(20);
});

for (const role of ROLES) {
  test(`every link on the pages of ${role} opens`, async ({ page }) => {
    test.setTimeout(120_000);
    await signIn(page, role);
    const { opened, dead } = await follow(page, "/desk");
    expect(dead).toEqual([]);
    expect(opened).toBeGreaterThan(10);
  });
}
