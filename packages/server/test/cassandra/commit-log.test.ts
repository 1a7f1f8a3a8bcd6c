import { EventEmitter } from 'node:events'
import type { Client } from 'cassandra-driver'
import { describe, expect, it } from 'vitest'
import { type CassandraStoreOptions, withDefaults } from '../../src/adapters/cassandra/options.js'
import { checkCommitLogs, watchNodes } from '../../src/adapters/cassandra/start/commit-log.js'
import { CassandraRefused } from '../../src/adapters/cassandra/start/refused.js'
import { operator, service } from './world.js'

interface Node {
  readonly address: string
  readonly sync: string
  readonly datacenter?: string
  readonly up?: boolean
}

/** The driver's view of nodes that are set up as nobody wants to set up a real one. */
function clusterOf(nodes: readonly Node[]) {
  const client = new EventEmitter()
  const hosts = nodes.map(({ up = true, datacenter = 'here', ...node }) => ({
    ...node,
    datacenter,
    isUp: () => up,
  }))
  Object.assign(client, {
    hosts: { values: () => hosts },
    execute: async (_: string, __: unknown, { host }: { readonly host: Node }) => ({
      first: () => ({ value: host.sync }),
    }),
  })
  const comesUp = (index: number) => client.emit('hostUp', hosts[index])
  return { client: client as unknown as Client, comesUp }
}

const settings = (options: Partial<CassandraStoreOptions> = {}) =>
  withDefaults({ contactPoints: ['any'], localDataCenter: 'here', ...options })

describe('R8: the commit log of the nodes', () => {
  it('is read from each real node', async () => {
    const client = await operator()
    expect(await checkCommitLogs(client, withDefaults(service))).toEqual({ periodic: false })
    await client.shutdown()
  })

  it('refuses a node that answers before it has synced, and says what to set', async () => {
    const { client } = clusterOf([
      { address: '10.0.0.1:9042', sync: 'group' },
      { address: '10.0.0.2:9042', sync: 'periodic' },
      { address: '10.0.0.3:9042', sync: 'batch' },
    ])
    const refusal = checkCommitLogs(client, settings())
    await expect(refusal).rejects.toThrow(CassandraRefused)
    await expect(refusal).rejects.toThrow(
      /^allowUnsafeCassandraCommitLog: commitlog_sync is periodic on 10\.0\.0\.2:9042: .* Set commitlog_sync: group/,
    )
  })

  it('warns where that is allowed', async () => {
    const { client } = clusterOf([{ address: '10.0.0.1:9042', sync: 'periodic' }])
    const warnings: string[] = []
    const onWarning = (message: string) => warnings.push(message)
    const found = await checkCommitLogs(client, settings({ allowUnsafeCommitLog: true, onWarning }))
    expect(found).toEqual({ periodic: true })
    expect(warnings).toEqual([expect.stringContaining('Set commitlog_sync: group')])
  })

  it('asks neither other data centres nor nodes that are down', async () => {
    const { client } = clusterOf([
      { address: '10.0.0.1:9042', sync: 'group' },
      { address: '10.0.0.2:9042', sync: 'periodic', datacenter: 'there' },
      { address: '10.0.0.3:9042', sync: 'periodic', up: false },
    ])
    expect(await checkCommitLogs(client, settings())).toEqual({ periodic: false })
  })

  it('is looked at again, and the owners are told, when a node comes back', async () => {
    const { client, comesUp } = clusterOf([
      { address: '10.0.0.1:9042', sync: 'group' },
      { address: '10.0.0.2:9042', sync: 'periodic', up: false },
      { address: '10.0.0.3:9042', sync: 'periodic', datacenter: 'there' },
    ])
    const back: string[] = []
    const warned = Promise.withResolvers<string>()
    watchNodes(
      client,
      settings({ onWarning: warned.resolve, onNodeBack: (address) => back.push(address) }),
    )
    for (const node of [0, 1, 2]) comesUp(node)
    expect(back).toEqual(['10.0.0.1:9042', '10.0.0.2:9042'])
    expect(await warned.promise).toContain('periodic on 10.0.0.2:9042')
  })
})
