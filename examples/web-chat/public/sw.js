// Keeps the page itself, so that it can be opened while the server is away. The network comes first:
// a newer page is never hidden by an older one. What is said is none of its business.
const kept = 'tidings-page-1'

self.addEventListener('install', (event) => {
  self.skipWaiting()
  event.waitUntil(keepPage())
})
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))

self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== location.origin || pathname.startsWith('/v1')) return
  event.respondWith(fromNetwork(request).catch(() => fromCache(request)))
})

/** The page and what it names; what it does not name any more belongs to an older one. */
async function keepPage() {
  const cache = await caches.open(kept)
  const page = await (await fetch('/', { cache: 'no-cache' })).text()
  const named = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path)
  await cache.addAll(['/', ...named])
  for (const { url } of await cache.keys()) {
    const { pathname } = new URL(url)
    if (pathname !== '/' && !named.includes(pathname)) await cache.delete(url)
  }
}

async function fromNetwork(request) {
  const response = await fetch(request)
  if (response.ok && request.mode === 'navigate') keepPage().catch(() => {})
  return response
}

async function fromCache(request) {
  return (await caches.match(request, { ignoreSearch: true })) ?? Response.error()
}
