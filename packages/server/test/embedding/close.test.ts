import { fork } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { createServer, type ServerOptions, type TidingsServer } from '../../src/index.js'
import { RawConnection } from '../support/raw.js'
import { newDataDir, SERVER_KEY, TEST_OPTIONS } from '../support/server.js'
import { Session } from '../support/session.js'
import { until } from '../support/wait.js'

const folders: string[] = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})
async function newFolder(): Promise<string> {
  const folder = await newDataDir()
  folders.push(folder)
  return folder
}

async function start(options: ServerOptions = {}) {
  const tidings = await createServer({ ...TEST_OPTIONS, dataDir: await newFolder(), ...options })
  await tidings.admin.upsertWorkspace({ workspaceId: 'w' })
  await tidings.admin.upsertChannel({ workspaceId: 'w', channelId: 'c', ownerId: 'alice' })
  return { tidings, ...(await tidings.listen({ port: 0 })) }
}

/** A program of ours in a process of its own. */
function program(name: string, ...args: string[]) {
  const child = fork(fileURLToPath(new URL(`programs/${name}`, import.meta.url)), args, {
    execArgv: ['--conditions=tidings-source', '--import', 'tsx'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  // nothing but the server may keep it alive
  child.channel?.unref?.()
  child.disconnect()
  let output = ''
  child.stdout?.on('data', (text) => {
    output += text
  })
  child.stderr?.on('data', (text) => {
    output += text
  })
  return { child, said: () => output }
}

describe('after close()', () => {
  it.each(['idle', 'busy'])('nothing keeps the process alive (%s)', async (ending) => {
    const { child, said } = program('lives-and-ends.ts', await newFolder(), ending)
    await until('it is closed', () => said().includes('closed') || child.exitCode !== null, 50_000)
    if (child.exitCode === null) await once(child, 'exit')
    expect([child.exitCode, said()]).toEqual([0, 'closed\n'])
  })

  it('nothing keeps a process alive whose start failed', async () => {
    const { child, said } = program('fails-late.ts', await newFolder())
    await until('it has failed', () => said() !== '' || child.exitCode !== null, 50_000)
    await until('it has ended', () => child.exitCode !== null)
    expect([child.exitCode, said()]).toEqual([0, 'no child\n'])
  })

  it('a process that was asked to end does so', async () => {
    const { child, said } = program('five-lines.ts', await newFolder())
    await until('it listens', () => said().includes('http://'), 50_000)
    expect((await fetch(`${said().trim()}/healthz`)).status).toBe(200)
    child.kill('SIGTERM')
    await once(child, 'exit')
    expect(child.exitCode).toBe(0)
  })

  it('the folder is free at once, and the port too', async () => {
    const { tidings, port } = await start()
    const dataDir = folders.at(-1)
    await tidings.close()
    const next = await createServer({ ...TEST_OPTIONS, dataDir })
    await next.listen({ port })
    await next.close()
  })

  it('what is asked in process is refused, and told why', async () => {
    const { tidings } = await start()
    await tidings.close()
    const { admin } = tidings
    for (const call of [
      () => admin.endSessions({ userId: 'alice' }),
      () => admin.send({ channelId: 'c', userId: 'alice', text: 'x' }),
      () => admin.history({ channelId: 'c' }),
      () => admin.upsertMember({ channelId: 'c', userId: 'bob' }),
    ]) {
      await expect(call()).rejects.toMatchObject({
        name: 'OperationError',
        code: 'unavailable',
        outcome: 'not_sent',
        message: expect.stringContaining('closed'),
      })
    }
  })
})

describe('close()', () => {
  it('is idempotent, whoever calls it', async () => {
    const { tidings } = await start()
    await Promise.all([tidings.close(), tidings.close(), tidings[Symbol.asyncDispose]()])
    await tidings.close()
  })

  it('[P-74] sends clients away with goaway, answers what they sent, and closes with 1001', async () => {
    const { tidings, url } = await start({ drainTimeoutMs: 500 })
    const alice = await Session.greeted(url, 'alice')
    const sent = Array.from({ length: 20 }, (_, i) => alice.sends('c', `${i}`))
    // the server has got them all once it answers what came after them
    await alice.asks({ type: 'ping', ts: 1 })
    const closing = tidings.close()
    expect(await alice.hears('goaway')).toMatchObject({ reason: 'shutdown' })
    for (const answer of await Promise.all(sent)) expect(answer.type).toBe('message.ack')
    expect(await alice.closed()).toBe(1001)
    await closing
  })

  it('answers requests in flight', async () => {
    let go = (): void => undefined
    const thinking = new Promise<void>((resolve) => {
      go = resolve
    })
    let asked = false
    const { tidings, url } = await start({
      hookTimeoutMs: 10_000,
      hooks: {
        async beforeAccept() {
          asked = true
          await thinking
          return { allow: true }
        },
      },
    })
    const answer = fetch(`${url}/v1/channels/c/messages`, {
      method: 'POST',
      headers: { authorization: 'Bearer alice', 'content-type': 'application/json' },
      body: '{"text":"in flight","client_msg_id":"m"}',
    })
    await until('the hook is asked', () => asked)
    const closing = tidings.close()
    go()
    const { status } = await answer
    expect([201, 503]).toContain(status)
    await closing
    // whatever was answered is what is there
    const again = await createServer({ ...TEST_OPTIONS, dataDir: folders.at(-1) })
    const { messages } = await again.admin.history({ channelId: 'c', onlyMessages: true })
    expect(messages).toHaveLength(status === 201 ? 1 : 0)
    await again.close()
  })

  it('I1: loses nothing that was acknowledged, and gives an answer to everything', async () => {
    const { tidings, url } = await start({ drainTimeoutMs: 300 })
    const statuses = new Map<string, number>()
    let open = true
    const senders = Array.from({ length: 8 }, async (_, sender) => {
      for (let i = 0; open; i++) {
        const client_msg_id = `${sender}-${i}`
        try {
          const { status } = await fetch(`${url}/v1/channels/c/messages`, {
            method: 'POST',
            headers: { authorization: `Bearer ${SERVER_KEY}`, 'content-type': 'application/json' },
            body: JSON.stringify({ text: 'x', client_msg_id, user_id: 'alice' }),
          })
          statuses.set(client_msg_id, status)
        } catch {
          return
        }
      }
    })
    await until('many are sent', () => statuses.size > 50)
    await tidings.close()
    open = false
    await Promise.all(senders)
    const again = await createServer({ ...TEST_OPTIONS, dataDir: folders.at(-1) })
    const stored = new Set<string>()
    for (let after = 0; ; ) {
      const page = await again.admin.history({ channelId: 'c', after, limit: 100 })
      for (const event of page.messages)
        if ('client_msg_id' in event) stored.add(event.client_msg_id)
      after = page.to_seq
      if (!page.has_newer) break
    }
    const lost = [...statuses].filter(([id, status]) => status === 201 && !stored.has(id))
    expect(lost).toEqual([])
    for (const status of statuses.values()) expect([201, 503]).toContain(status)
    await again.close()
  })

  it('I7: waits for nobody who never finishes', async () => {
    const { tidings, port } = await start()
    const connections = await Promise.all(
      [
        '',
        'GET /v1/me HTTP/1.1\r\nHost: x\r\n',
        'POST /v1/channels/c/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer alice\r\n' +
          'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"text":',
      ].map(async (text) => {
        const connection = await RawConnection.open(port)
        connection.write(text)
        return connection
      }),
    )
    const upgraded = await RawConnection.upgraded(port, { token: 'alice' })
    upgraded.write(new Uint8Array([0x81]))
    await new Promise((resolve) => setTimeout(resolve, 100))
    await tidings.close()
    for (const connection of [...connections, upgraded]) {
      await until('it is ended', () => connection.ended)
    }
    // the request whose body never ends was cut off: after its own time it would have been answered
    expect(connections.at(-1)?.text).toBe('')
  })

  it.each(['127.0.0.1', 'localhost'])(
    'leaves no port open that was asked for on %s just before',
    async (host) => {
      const { tidings } = await start()
      const listening = tidings.listen({ port: 0, host })
      await Promise.all([expect(listening).rejects.toThrow(/closed/), tidings.close()])
      await expect(tidings.listen({ port: 0 })).rejects.toMatchObject({ name: 'ListenError' })
    },
  )

  it('during a start that fails leaves nothing open', async () => {
    const { tidings, port } = await start()
    const second: TidingsServer = await createServer({
      ...TEST_OPTIONS,
      dataDir: await newFolder(),
    })
    await expect(second.listen({ port })).rejects.toThrow(/taken/)
    await second.close()
    await tidings.close()
  })
})
