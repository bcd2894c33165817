/* Keeps the copy of the whole book that a reader asked for. Written by the build, with the list of its files. */
"use strict";
const version = "VERSION";
const files = ["FILES"];
const versioned = new Set(["VERSIONED"]);
// Pages whose age matters most: never from the browser's own cache.
const fresh = new Set(["FRESH"]);
const gone = "GONE";
const name = `course-${version}`;
const mine = new URL("./", self.location).href;
const inBatches = 12; // so that reading goes on meanwhile

async function tell(message) {
  for (const client of await self.clients.matchAll({ includeUncontrolled: true })) client.postMessage(message);
}
self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const old = (await caches.keys()).filter((key) => key.startsWith("course-") && key !== name);
    try {
      const cache = await caches.open(name);
      for (let at = 0; at < files.length; at += inBatches) {
        await Promise.all(files.slice(at, at + inBatches).map((file) => cache.add(new Request(mine + file, { cache: "no-cache" }))));
        await tell({ kept: Math.min(at + inBatches, files.length), of: files.length });
      }
    } catch (error) {
      // Half a copy is none.
      await caches.delete(name);
      await tell({ failed: error.name === "QuotaExceededError" ? "room" : "connection" });
      throw error;
    }
    if (!old.length) await self.skipWaiting();
  })());
});
self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const key of await caches.keys()) if (key.startsWith("course-") && key !== name) await caches.delete(key);
    await self.clients.claim();
  })());
});
self.addEventListener("message", (event) => { if (event.data === "take-over") self.skipWaiting(); });

async function copyOf(request) {
  const cache = await caches.open(name);
  const address = request.url.endsWith("/") ? `${request.url}index.html` : request;
  return cache.match(address, { ignoreSearch: true });
}
const pathOf = (request) => request.url.slice(mine.length).replace(/[?#].*/, "");
async function fromNetwork(request) {
  const soon = new AbortController();
  const timer = setTimeout(() => soon.abort(), 4000);
  try {
    const answer = await fetch(request, { signal: soon.signal, ...(fresh.has(pathOf(request)) ? { cache: "no-cache" } : {}) });
    if (answer.ok || answer.type === "opaqueredirect") return answer;
    return (await copyOf(request)) || answer;
  } catch {
    const known = await copyOf(request);
    if (known || request.mode !== "navigate") return known || Response.error();
    return new Response(gone.replace("ROOT", mine), { status: 503, headers: { "Content-Type": "text/html" } });
  } finally {
    clearTimeout(timer);
  }
}
async function fromCopy(request) {
  const known = await copyOf(request);
  // A version that the pages of this copy do not ask for belongs to a newer page: ask the host.
  if (known && (!new URL(request.url).search || versioned.has(request.url.slice(mine.length)))) return known;
  try { return await fetch(request); } catch { return known || Response.error(); }
}
self.addEventListener("fetch", (event) => {
  const { request } = event;
  // The chapters that run in the browser have a worker of their own.
  if (request.method !== "GET" || !request.url.startsWith(mine) || request.url.startsWith(`${mine}lite/`) || request.headers.has("range")) return;
  event.respondWith(request.mode === "navigate" || fresh.has(pathOf(request)) ? fromNetwork(request) : fromCopy(request));
});
