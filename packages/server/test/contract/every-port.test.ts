import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as contract from '../../src/ports/contract/index.js'

const PORTS_DIR = join(import.meta.dirname, '../../src/ports')

interface PortFile {
  /** The ports that the file declares, and the suite that holds each. */
  readonly ports: Readonly<Record<string, keyof typeof contract>>
  /** What has methods and is given or taken by one of these ports, whose suite holds it as well. */
  readonly parts?: readonly string[]
}

/** A new port comes in here together with its suite. */
const PORT_FILES: Readonly<Record<string, PortFile>> = {
  'command-log.ts': {
    ports: { CommandLog: 'commandLogContract' },
    parts: ['LogReader', 'Assignment', 'LogSubscription'],
  },
  'directory.ts': { ports: { Directory: 'directoryContract' } },
  'election.ts': { ports: { Election: 'electionContract' }, parts: ['Candidacy'] },
  'environment.ts': { ports: { ServerEnvironment: 'environmentContract' } },
  'known-heads.ts': { ports: { KnownHeads: 'knownHeadsContract' } },
  'limits.ts': {
    ports: {
      RateLimiter: 'limitsContract',
      TokenRevocation: 'limitsContract',
      NodeLeases: 'limitsContract',
    },
    parts: ['NodeLease'],
  },
  'log-registry.ts': { ports: { LogRegistry: 'logRegistryContract' } },
  'membership.ts': { ports: { MembershipCache: 'membershipCacheContract' } },
  'message-feed.ts': { ports: { MessageFeed: 'messageFeedContract' } },
  'message-store.ts': { ports: { MessageStore: 'messageStoreContract' } },
  'presence.ts': { ports: { Presence: 'presenceContract' } },
  'processes.ts': { ports: { Processes: 'processesContract' } },
  'push.ts': { ports: { PushBus: 'pushBusContract' }, parts: ['PushReceiver'] },
  'receipts.ts': { ports: { Receipts: 'receiptsContract' } },
  'recent-events.ts': { ports: { RecentEvents: 'recentEventsContract' } },
  'routes.ts': { ports: { Routes: 'routesContract' } },
  'socket.ts': {
    ports: { GatewaySocket: 'socketContract' },
    // implemented by the gateway: the suite holds whoever calls them
    parts: ['SocketListener', 'SocketServer'],
  },
  'stored-marks.ts': { ports: { StoredMarks: 'storedMarksContract' } },
}

const exports = new Map<string, unknown>(Object.entries(contract))

const textOf = (file: string): string => readFileSync(file, 'utf8')

/** The interfaces of a file that can be called. */
function callable(text: string): readonly string[] {
  const found: string[] = []
  for (const [, name = '', body = ''] of text.matchAll(
    /^export interface (\w+)[^{]*\{\n([\s\S]*?)^\}/gm,
  )) {
    if (/^ {2}(readonly )?\w+\??(\(|<|: \()/m.test(body)) found.push(name)
  }
  return found
}

const rows = Object.entries(PORT_FILES).map(([file, { ports, parts = [] }]) => ({
  file,
  ports,
  parts,
}))

describe('every port has a contract', () => {
  it('no file of ports is missing here', () => {
    const files = readdirSync(PORTS_DIR).filter(
      (file) => file.endsWith('.ts') && file !== 'index.ts',
    )
    expect(Object.keys(PORT_FILES).sort()).toEqual(files.sort())
  })

  it.each(rows)(
    '$file: whatever can be called is a port, or a part of one',
    ({ file, ports, parts }) => {
      const known = [...Object.keys(ports), ...parts]
      expect([...callable(textOf(join(PORTS_DIR, file)))].sort()).toEqual(known.sort())
    },
  )

  it.each(rows)('$file: it is exported, and so is the suite of each port', ({ file, ports }) => {
    const exported = `export * from './${file.replace('.ts', '.js')}'`
    expect(textOf(join(PORTS_DIR, 'index.ts'))).toContain(exported)
    for (const suite of Object.values(ports)) expect(exports.get(suite)).toBeTypeOf('function')
  })

  it.each(rows)('$file: the suite of each port is run against wrong adapters', ({ ports }) => {
    for (const suite of new Set(Object.values(ports))) {
      const held = Object.values(ports).filter((other) => other === suite)
      const refusals = readdirSync(import.meta.dirname)
        .filter((file) => file.endsWith('.test.ts'))
        .map((file) => textOf(join(import.meta.dirname, file)))
        .filter((text) => text.includes(`${suite}(name, `))
        .flatMap((text) => text.match(/^refuses\(/gm) ?? [])
      expect(refusals).toHaveLength(held.length)
    }
  })

  it('no suite is exported that holds no port', () => {
    const suites = [...exports.keys()].filter((name) => name.endsWith('Contract'))
    const held = new Set(rows.flatMap(({ ports }) => Object.values(ports)))
    expect(suites.sort()).toEqual([...held].sort())
  })

  it('finds what can be called, however it is written', () => {
    const text = `export interface Data {
  readonly a: string
}
export interface Method {
  get(id: string): void
}
export interface Generic<T> extends Data {
  readonly b: number
  run<U>(value: U): T
}
export interface Property {
  readonly call?: () => void
  readonly other: (value: string) => void
}
`
    expect(callable(text)).toEqual(['Method', 'Generic', 'Property'])
  })
})
