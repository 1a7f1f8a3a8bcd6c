import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@tidings/sdk'
import { createServer, type TidingsServer } from '@tidings/server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from './support/watch.js'

let folder: string
let server: TidingsServer
let url: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidings-e2e-'))
  server = await createServer({
    dataDir: folder,
    logLevel: 'silent',
    drainTimeoutMs: 0,
    authenticate: (token) => token,
  })
  const listening = await server.listen({ port: 0 })
  url = `${listening.url.replace('http', 'ws')}/v1/ws`
}, 60_000)
afterEach(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

describe('a client whose session is ended', { timeout: 60_000 }, () => {
  it.each([
    { what: 'as at logout', refuseForMs: undefined, code: 'closed' },
    { what: 'because its user is shut out', refuseForMs: 60_000, code: 'forbidden' },
  ])('$what stops, and does not come back by itself', async ({ refuseForMs, code }) => {
    let asked = 0
    const client = createClient({
      url,
      userId: 'ada',
      storage: 'memory',
      getToken: () => {
        asked += 1
        return 'ada'
      },
    })
    await eventually(() => expect(client.status).toBe('connected'))
    await server.admin.endSessions({ userId: 'ada', ...(refuseForMs && { refuseForMs }) })
    await eventually(() => expect(client.status).toBe('closed'))
    expect(client.reason).toMatchObject({ code })
    expect(asked).toBe(1)
    await client.close()
  })
})
