// Lists the pages that the service worker has kept.
const list = document.getElementById("kept");
const kept = "caches" in globalThis ? await caches.keys() : [];
for (const name of kept) {
  const cache = await caches.open(name);
  for (const request of await cache.keys()) {
    const response = await cache.match(request);
    if (!response.headers.get("Content-Type")?.startsWith("text/html") || request.url.endsWith(location.pathname)) continue;
    const title = new DOMParser().parseFromString(await response.text(), "text/html").title;
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = request.url;
    link.textContent = title || request.url;
    item.append(link);
    list.append(item);
  }
}
