// What lets the form of an on-site check open without a network, and what takes it away again. See public/check-sw.js.
import { button, h, onContent } from "./dom";
import { allHeld, letAllGo } from "./pocket";

const SCOPE = "/appraisal/checks/";
const CACHE = "fs-checks";

const able = (): boolean => "serviceWorker" in navigator && "caches" in window;

/** Keeps a form's page and what it looks like with. */
async function take(href: string): Promise<boolean> {
  const answer = await fetch(href, { credentials: "same-origin" });
  if (!answer.ok || answer.redirected) return false;
  const cache = await caches.open(CACHE);
  const assets = Array.from(document.querySelectorAll<HTMLElement>("head link[rel=stylesheet], head link[rel=icon], head script[src]"), (part) => part.getAttribute("href") ?? part.getAttribute("src") ?? "");
  await Promise.all(assets.map(async (asset) => { if (!(await cache.match(asset))) await cache.add(asset); }));
  await cache.put(new URL(href, location.href).pathname, answer);
  return true;
}

async function ready(): Promise<void> {
  await navigator.serviceWorker.register(`${SCOPE}sw.js`, { scope: SCOPE });
}

/** The form before us is there again without a network. */
onContent<HTMLFormElement>("form[data-check]", () => {
  if (!able()) return;
  if (navigator.onLine) void ready().then(() => take(location.pathname)).catch(() => undefined);
  else void others().catch(() => undefined);
});

/** Without a network: the way to the other forms taken along. */
async function others(): Promise<void> {
  const cache = await caches.open(CACHE);
  const lines: Node[] = [];
  for (const { url } of await cache.keys()) {
    const path = new URL(url).pathname;
    if (!path.startsWith(SCOPE) || path === location.pathname) continue;
    const page = new DOMParser().parseFromString((await (await cache.match(path))?.text()) ?? "", "text/html");
    lines.push(h("li", {}, h("a", { href: path }, page.querySelector("main h1 + p")?.textContent?.trim() ?? path)));
  }
  if (lines.length > 0) document.querySelector(".fs-head")?.after(h("details", { class: "fs-more" }, h("summary", {}, `本机已下载的其他检查表　${lines.length} 家`), h("ul", { class: "fs-plain" }, ...lines)));
}

/** The list: takes along the forms shown, before going where there is no network. */
onContent<HTMLElement>("[data-check-take]", (place) => {
  const links = Array.from(document.querySelectorAll<HTMLAnchorElement>("a[data-check-link]"), (link) => link.pathname);
  if (!able() || links.length === 0) return;
  const said = h("span", { class: "fs-sub", role: "status" });
  const act = button(`下载本页 ${links.length} 家的检查表，供离线使用`, () => {
    act.disabled = true;
    void (async () => {
      await ready();
      let taken = 0;
      for (const link of links) if (await take(link)) taken += 1;
      said.textContent = `已下载 ${taken} 家。离线时打开其中任一检查表，可转到其他各家；退出登录后自动清除。`;
    })().catch(() => { said.textContent = "没有下载成功，请在网络良好时再试。"; }).finally(() => { act.disabled = false; });
  });
  place.append(h("div", { class: "fs-acts" }, act, said));
});

/** The list: this account's checks held in this browser that the server does not have yet. */
onContent<HTMLElement>("[data-check-waiting]", (place) => {
  const own = `${place.getAttribute("data-check-waiting") ?? ""}:`;
  void allHeld().then((everyone) => {
    const all = everyone.filter((one) => one.key.startsWith(own));
    if (all.length === 0) return;
    const lines = all.map((one) => h("li", {}, h("a", { href: one.href }, one.title), one.flight ? "　待上传" : "　填写中，未提交"));
    place.append(h("div", { class: "fs-note" }, h("p", {}, `本机有 ${all.length} 份检查尚未上传，打开检查表后自动上传或继续填写。`), h("ul", { class: "fs-plain" }, ...lines)));
  }, () => undefined);
});

/** Nobody is signed in here: pages kept for whoever was are not for whoever comes. What is not sent yet stays. */
if (document.querySelector(".fs-login") && able()) void caches.delete(CACHE).catch(() => undefined);

/** Signing out takes all away; whoever still holds something is asked first. */
onContent<HTMLFormElement>("form[data-logout]", (form) => {
  let sure = false;
  form.addEventListener("submit", (event) => {
    if (sure || !("indexedDB" in window)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    void allHeld().catch(() => []).then(async (all) => {
      if (all.length > 0 && !(await agreed(all.length))) return;
      await letAllGo().catch(() => undefined);
      if (able()) await caches.delete(CACHE).catch(() => undefined);
      sure = true;
      form.requestSubmit();
    });
  }, true);
});

function agreed(count: number): Promise<boolean> {
  return new Promise((resolve) => {
    const no = h("button", { type: "button", class: "btn btn-primary" }, "先不退出");
    const yes = h("button", { type: "button", class: "btn" }, "删除并退出");
    const text = h("p", { id: "fs-unsent" }, `本机有 ${count} 份现场检查尚未上传，退出后将从本机删除。`);
    const dialog = h("dialog", { class: "fs-dialog", "aria-labelledby": "fs-unsent" }, text, h("div", { class: "fs-acts" }, yes, no));
    let answer = false;
    no.addEventListener("click", () => dialog.close());
    yes.addEventListener("click", () => { answer = true; dialog.close(); });
    dialog.addEventListener("close", () => { dialog.remove(); resolve(answer); });
    document.body.append(dialog);
    dialog.showModal();
  });
}
