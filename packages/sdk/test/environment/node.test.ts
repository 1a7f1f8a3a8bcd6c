import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { createNodeEnvironment } from '../../src/environment/node.js'
import type { Environment, SocketHandle } from '../../src/environment/port.js'
import { processLocks } from '../../src/environment/process-locks.js'

const servers: WebSocketServer[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    for (const socket of server.clients) socket.terminate()
    server.close()
  }
})

async function listen(): Promise<{ server: WebSocketServer; url: string }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  servers.push(server)
  await once(server, 'listening')
  return { server, url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

interface Opened {
  readonly handle: SocketHandle
  readonly log: string[]
  readonly reasons: string[]
  until(entry: string): Promise<void>
}

function open(environment: Environment, url: string): Opened {
  const log: string[] = []
  const reasons: string[] = []
  let look = (): void => {}
  const note = (entry: string): void => {
    log.push(entry)
    look()
  }
  const handle = environment.openSocket(url, ['tidings.v1'], {
    opened: (protocol) => note(`opened ${protocol}`),
    message: (text) => note(`message ${text}`),
    closed: (code, reason) => {
      reasons.push(reason)
      note(`closed ${code}`)
    },
  })
  const until = (entry: string): Promise<void> =>
    new Promise((resolve) => {
      look = () => {
        if (log.includes(entry)) resolve()
      }
      look()
    })
  return { handle, log, reasons, until }
}

it('waits for a time that has passed without a warning of Node', async () => {
  const warnings: string[] = []
  const hear = ({ name }: Error): void => void warnings.push(name)
  process.on('warning', hear)
  await new Promise<void>((resolve) => createNodeEnvironment().setTimer(resolve, -0.5))
  process.off('warning', hear)
  expect(warnings).toEqual([])
})

describe('the environment of Node', () => {
  it('opens, sends, receives and closes by the ws package', async () => {
    const { server, url } = await listen()
    server.on('connection', (socket) => {
      socket.on('message', (message) => socket.send(`echo ${String(message)}`))
    })
    const { handle, log, until } = open(createNodeEnvironment(), url)
    await until('opened tidings.v1')
    handle.send('hi')
    await until('message echo hi')
    expect(handle.bufferedBytes()).toBe(0)
    for (const socket of server.clients) socket.close(4009)
    await until('closed 4009')
    expect(log).toEqual(['opened tidings.v1', 'message echo hi', 'closed 4009'])
  })

  it('tells a socket that cannot be opened by closed, and never throws', async () => {
    const refused = open(createNodeEnvironment(), 'ws://127.0.0.1:1')
    await refused.until('closed 1006')
    const malformed = open(createNodeEnvironment(), 'ws://[')
    await malformed.until('closed 1006')
    expect(malformed.log).toEqual(['closed 1006'])
  })

  it('says why a socket could not be opened, where the runtime says it', async () => {
    const nobody = open(createNodeEnvironment(), 'ws://127.0.0.1:1')
    await nobody.until('closed 1006')
    expect(nobody.reasons).toEqual([expect.stringContaining('ECONNREFUSED')])
    const { server, url } = await listen()
    server.shouldHandle = () => false
    const elsewhere = open(createNodeEnvironment(), url)
    await elsewhere.until('closed 1006')
    expect(elsewhere.reasons).toEqual(['Unexpected server response: 400'])
  })

  it('says nothing more after close(), opened or not', async () => {
    const { server, url } = await listen()
    const early = open(createNodeEnvironment(), url)
    early.handle.close(1000, '')
    const late = open(createNodeEnvironment(), url)
    await late.until('opened tidings.v1')
    const closed = [...server.clients].map((socket) => once(socket, 'close'))
    late.handle.close(1000, '')
    await Promise.all(closed)
    expect([early.log, late.log]).toEqual([[], ['opened tidings.v1']])
  })

  it('uses the class that it is given', () => {
    const urls: string[] = []
    class Fake {
      onopen = null
      onmessage = null
      onclose = null
      onerror = null
      protocol = ''
      bufferedAmount = 0
      constructor(url: string) {
        urls.push(url)
      }
      send(): void {}
      close(): void {}
    }
    open(createNodeEnvironment(Fake), 'wss://fake')
    expect(urls).toEqual(['wss://fake'])
  })

  it('hands out a lock once, and again when it is given back', async () => {
    const name = `test ${process.pid}`
    const release = await processLocks.tryAcquire(name)
    expect(release).toBeTypeOf('function')
    expect(await processLocks.tryAcquire(name)).toBeUndefined()
    release?.()
    const again = await processLocks.tryAcquire(name)
    expect(again).toBeTypeOf('function')
    again?.()
  })

  it('frees the locks of a process that was killed', async () => {
    const name = `test of a child of ${process.pid}`
    const holder = new URL('./hold-lock.ts', import.meta.url).pathname
    const child = spawn(process.execPath, ['--import', 'tsx', holder, name], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [said] = (await once(child.stdout, 'data')) as [Buffer]
    expect(String(said).trim()).toBe('held')
    expect(await processLocks.tryAcquire(name)).toBeUndefined()
    child.kill('SIGKILL')
    await once(child, 'exit')
    const release = await processLocks.tryAcquire(name)
    expect(release).toBeTypeOf('function')
    release?.()
  })

  it('keeps strings in the folder for the state of programs, and does without one', () => {
    const before = process.env.XDG_STATE_HOME
    const folder = mkdtempSync(join(tmpdir(), 'tidings-state-'))
    try {
      process.env.XDG_STATE_HOME = folder
      const { keptStrings } = createNodeEnvironment()
      expect(keptStrings?.get('device')).toBeUndefined()
      keptStrings?.set('device', 'd1')
      expect(createNodeEnvironment().keptStrings?.get('device')).toBe('d1')
      writeFileSync(join(folder, 'file'), '')
      process.env.XDG_STATE_HOME = join(folder, 'file')
      keptStrings?.set('device', 'd2')
      expect(keptStrings?.get('device')).toBeUndefined()
    } finally {
      if (before === undefined) delete process.env.XDG_STATE_HOME
      else process.env.XDG_STATE_HOME = before
      rmSync(folder, { recursive: true })
    }
  })

  it('lets the process end after unref(), though a socket and timers are open', async () => {
    const { server, url } = await listen()
    const connected = once(server, 'connection')
    const script = new URL('./unref.ts', import.meta.url).pathname
    const child = spawn(process.execPath, ['--import', 'tsx', script, url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await connected
    const [code] = (await once(child, 'exit')) as [number]
    expect(code).toBe(0)
  })
})
