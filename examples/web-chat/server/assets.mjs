import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Refusal } from './refusal.mjs'

const built = fileURLToPath(new URL('../dist', import.meta.url))
const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
}
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')
const security = {
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
}

/**
 * The built page, read into memory once: by their exact path, so that no request ever reaches the
 * file system and none can walk out of the folder.
 */
export function readAssets(folder = built) {
  const assets = new Map()
  for (const name of filesIn(folder)) {
    const type = types[extname(name)]
    if (type === undefined) continue
    const isHashed = name.startsWith('assets/')
    assets.set(name === 'index.html' ? '/' : `/${name}`, {
      body: readFileSync(join(folder, name)),
      headers: {
        ...security,
        'content-type': type,
        'cache-control': isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
      },
    })
  }
  if (assets.has('/')) return assets
  throw new Refusal('The chat is not built.', 'Run `npm start` in the root, which builds it first.')
}

/** Answers GET and HEAD for the page's own files; everything else is refused. */
export function serveAssets(assets, request, response) {
  const path = (request.url ?? '/').split(/[?#]/, 1)[0]
  const asset = assets.get(path)
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  if (asset === undefined || !isRead) {
    const status = isRead ? 404 : 405
    const headers = { ...security, 'content-type': 'text/plain; charset=utf-8' }
    response.writeHead(status, isRead ? headers : { ...headers, allow: 'GET, HEAD' })
    response.end(isRead ? 'There is nothing here.\n' : 'Only GET and HEAD are answered here.\n')
    return
  }
  response.writeHead(200, { ...asset.headers, 'content-length': asset.body.length })
  response.end(request.method === 'HEAD' ? undefined : asset.body)
}

function filesIn(folder) {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
      .map((name) => name.replaceAll('\\', '/'))
  } catch {
    return []
  }
}
