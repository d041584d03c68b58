// Service worker of the on-site check, registered by islands/offline.ts with the scope /appraisal/checks/. It answers for
// one kind of page only, the form of a check, and only when the network does not: nothing old is ever shown while the
// server can be reached, and no other page is kept. The pages go when their holder signs out (Clear-Site-Data, and the
// sign-in page empties the cache).
const CACHE = "fs-checks";
const FORM = /^\/appraisal\/checks\/\d+\/stations\/\d+$/;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && FORM.test(url.pathname)) event.respondWith(form(request, url.pathname));
  else if (url.pathname.startsWith("/assets/")) event.respondWith(asset(request));
});

/** From the network, and kept; from what was kept only when there is no network. */
async function form(request, key) {
  const cache = await caches.open(CACHE);
  let answer;
  try {
    answer = await fetch(request);
  } catch {
    return (await cache.match(key)) ?? Response.error();
  }
  // A sign-in page, a refusal or somebody else's form in its place: what was kept no longer holds.
  if (answer.status === 200 && !answer.redirected) await cache.put(key, answer.clone());
  else if (answer.status < 500) await cache.delete(key);
  return answer;
}

/** Assets carry their version in their address and never change under it. */
async function asset(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request);
  if (kept) return kept;
  return fetch(request);
}
