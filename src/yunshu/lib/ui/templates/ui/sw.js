{% load static %}// Keeps public pages for reading without a connection: network first, the last copy when it fails.
const CACHE = "yunshu-1";
const OFFLINE = "{% url 'ui:offline' %}";
const PRIVATE = /^\/(console|accounts|api|prefer)\//;

self.addEventListener("install", (event) => event.waitUntil(caches.open(CACHE).then((cache) => cache.add(OFFLINE)).then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin || PRIVATE.test(url.pathname)) return;
  event.respondWith(answer(event.request, url));
});

async function answer(request, url) {
  const cache = await caches.open(CACHE);
  const fixed = url.pathname.startsWith("{% get_static_prefix %}");
  if (fixed) {
    const kept = await cache.match(request);
    if (kept) return kept;
  }
  try {
    const fresh = await fetch(request);
    const isPublic = request.mode === "navigate" ? !/private|no-store/.test(fresh.headers.get("Cache-Control") ?? "") : fixed;
    if (fresh.ok && isPublic) await cache.put(request, fresh.clone());
    return fresh;
  } catch (error) {
    const kept = (await cache.match(request)) ?? (request.mode === "navigate" && (await cache.match(OFFLINE)));
    if (kept) return kept;
    throw error;
  }
}
