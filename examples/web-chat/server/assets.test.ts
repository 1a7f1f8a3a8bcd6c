import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readAssets, serveAssets } from './assets.mjs'

let folder: string
let server: Server
let port: number

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidings-assets-'))
  const dist = join(folder, 'dist')
  mkdirSync(join(dist, 'assets'), { recursive: true })
  writeFileSync(join(dist, 'index.html'), '<!doctype html>')
  writeFileSync(join(dist, 'assets', 'index-abc.js'), 'export {}')
  writeFileSync(join(folder, 'secret.js'), 'nobody may read this')
  const assets = readAssets(dist)
  server = createServer((request, response) => serveAssets(assets, request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve))
  rmSync(folder, { recursive: true })
})

/** As it is: `fetch` would tidy the path up. */
function ask(line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`${line} HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n`)
    })
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text
    })
    socket.once('end', () => resolve(answer))
    socket.once('error', reject)
  })
}

describe('the page’s files', () => {
  it('are answered with their type and a strict policy', async () => {
    const page = await ask('GET /')
    expect(page).toMatch(/^HTTP\/1\.1 200/)
    expect(page).toContain('content-type: text/html; charset=utf-8')
    expect(page).toContain("content-security-policy: default-src 'none'")
    expect(page).toContain('cache-control: no-cache')
    expect(page).toContain('<!doctype html>')
    const script = await ask('GET /assets/index-abc.js?v=1')
    expect(script).toContain('content-type: text/javascript; charset=utf-8')
    expect(script).toContain('immutable')
  })

  it.each([
    '/../secret.js',
    '/assets/../../secret.js',
    '/%2e%2e/secret.js',
    '/assets/..%2f..%2fsecret.js',
    '//etc/passwd',
    '/assets',
    '/index.html/',
  ])('are all there is: %s is not found', async (path) => {
    const answer = await ask(`GET ${path}`)
    expect(answer).toMatch(/^HTTP\/1\.1 404/)
    expect(answer).not.toContain('nobody may read this')
  })

  it('are only read: HEAD has no body, and nothing else is allowed', async () => {
    expect((await ask('HEAD /')).split('\r\n\r\n')[1]).toBe('')
    const posted = await ask('POST /')
    expect(posted).toMatch(/^HTTP\/1\.1 405/)
    expect(posted).toContain('allow: GET, HEAD')
  })

  it('say how to build them when they are not there', () => {
    expect(() => readAssets(join(folder, 'nothing'))).toThrow(
      expect.objectContaining({ remedy: expect.stringContaining('npm start') }),
    )
  })
})
