/* Keeps a copy of the whole book for reading without a connection. Written by the build, with the list of its files. */
"use strict";
const version = "VERSION";
const files = ["FILES"];
const versioned = new Set(["VERSIONED"]);
const gone = "GONE";
const name = `course-${version}`;
const mine = new URL("./", self.location).href;

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(name);
    const old = (await caches.keys()).filter((key) => key.startsWith("course-") && key !== name);
    // In small batches, so that reading goes on meanwhile.
    for (let at = 0; at < files.length; at += 12)
      await Promise.all(files.slice(at, at + 12).map((file) => cache.add(new Request(mine + file, { cache: "no-cache" }))));
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
async function page(request) {
  const soon = new AbortController();
  const timer = setTimeout(() => soon.abort(), 4000);
  try {
    const answer = await fetch(request, { signal: soon.signal });
    if (answer.ok || answer.type === "opaqueredirect") return answer;
    return (await copyOf(request)) || answer;
  } catch (error) {
    return (await copyOf(request)) || new Response(gone.replace("ROOT", mine), { status: 503, headers: { "Content-Type": "text/html" } });
  } finally {
    clearTimeout(timer);
  }
}
async function part(request) {
  const known = await copyOf(request);
  // A version that the pages of this copy do not ask for belongs to a newer page: ask the host.
  if (known && (!new URL(request.url).search || versioned.has(request.url.slice(mine.length)))) return known;
  try { return await fetch(request); } catch (error) { return known || Response.error(); }
}
self.addEventListener("fetch", (event) => {
  const { request } = event;
  // The chapters that run in the browser have a worker of their own.
  if (request.method !== "GET" || !request.url.startsWith(mine) || request.url.startsWith(`${mine}lite/`) || request.headers.has("range")) return;
  event.respondWith(request.mode === "navigate" ? page(request) : part(request));
});
