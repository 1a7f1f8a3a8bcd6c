import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { expect, it } from 'vitest'
import { createServer } from '../../src/index.js'
import { captureLog } from '../support/log.js'
import { settingsOfCluster } from './real.js'

it('a sequencer has made all that it serves before partitions can be given to it', async () => {
  const { log, grep } = captureLog('info')
  const held = () => grep('holds these partitions of the log').length
  const heldWhenMade: number[] = []
  const onMade = () => heldWhenMade.push(held())
  subscribe('fastify.initialization', onMade)
  try {
    const settings = await settingsOfCluster('postgres')
    const server = await createServer({ ...settings, roles: ['sequencer'], logger: log })
    await server.close()
    expect(heldWhenMade).toEqual([0])
    expect(held()).toBe(1)
  } finally {
    unsubscribe('fastify.initialization', onMade)
  }
}, 60_000)
