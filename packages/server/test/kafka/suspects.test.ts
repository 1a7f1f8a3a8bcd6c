import { connect, createServer, type Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { brokerAnswers } from '../../src/adapters/kafka/broker-probe.js'
import { Shunned, Suspects } from '../../src/adapters/kafka/suspects.js'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'

function world() {
  const environment = createVirtualEnvironment()
  const probes: PromiseWithResolvers<boolean>[] = []
  const done: string[] = []
  const suspects = new Suspects({
    environment,
    probe() {
      const asked = Promise.withResolvers<boolean>()
      probes.push(asked)
      return asked.promise
    },
    onFrozen: (address) => done.push(`frozen ${address}`),
    onSilent: (address) => done.push(`silent ${address}`),
  })
  /** A request that was not answered, and what the broker says on a connection of its own. */
  async function timedOut(isAlive: boolean): Promise<void> {
    const looking = suspects.timedOut('b:1')
    probes.at(-1)?.resolve(isAlive)
    await looking
  }
  return { environment, probes, done, suspects, timedOut }
}

describe('a broker that did not answer a request in time', () => {
  it('is turned away from when it answers nothing else either', async () => {
    const { done, timedOut } = world()
    await timedOut(false)
    expect(done).toEqual(['frozen b:1'])
  })

  it('is kept when it is alive: it may wait for another one that is dead', async () => {
    const { environment, done, timedOut } = world()
    await timedOut(true)
    await environment.advance(5_900)
    await timedOut(true)
    expect(done).toEqual([])
  })

  it('is connected to anew when it is alive and its connections stay silent', async () => {
    const { environment, done, timedOut } = world()
    await timedOut(true)
    await environment.advance(6_000)
    await timedOut(true)
    expect(done).toEqual(['silent b:1'])
  })

  it('is not held to what it did not answer before it answered again', async () => {
    const { environment, done, suspects, timedOut } = world()
    await timedOut(true)
    await environment.advance(5_000)
    suspects.answered('b:1')
    await timedOut(true)
    await environment.advance(5_000)
    await timedOut(true)
    expect(done).toEqual([])
  })

  it('is cleared by an answer that comes while it is asked', async () => {
    const { done, suspects, probes } = world()
    const looking = suspects.timedOut('b:1')
    suspects.answered('b:1')
    probes[0]?.resolve(false)
    await looking
    expect(done).toEqual([])
  })

  it('is asked once for all requests of one moment', async () => {
    const { done, suspects, probes } = world()
    const looking = [suspects.timedOut('b:1'), suspects.timedOut('b:1'), suspects.isAlive('b:1')]
    expect(probes).toHaveLength(1)
    probes[0]?.resolve(false)
    await Promise.all(looking)
    expect(done).toEqual(['frozen b:1'])
  })
})

describe('brokers that are not connected to', () => {
  it('are so for a while', async () => {
    const environment = createVirtualEnvironment()
    const shunned = new Shunned(environment, ['a:1', 'b:1', 'c:1'])
    shunned.add('b:1')
    expect(['a:1', 'b:1', 'c:1'].map((broker) => shunned.has(broker))).toEqual([false, true, false])
    await environment.advance(10_000)
    expect(shunned.has('b:1')).toBe(false)
  })

  it('are never all of them: then the way to them is cut, and may be whole again at any moment', () => {
    const shunned = new Shunned(createVirtualEnvironment(), ['a:1', 'b:1'])
    shunned.add('a:1')
    shunned.add('b:1')
    expect([shunned.has('a:1'), shunned.has('b:1')]).toEqual([false, false])
  })
})

describe('the question whether a broker answers', () => {
  const servers: Server[] = []
  afterEach(() => {
    for (const server of servers.splice(0)) server.close()
  })

  async function ask(answer: string | undefined, timeoutMs = 5_000): Promise<boolean> {
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => answer !== undefined && socket.write(answer))
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    return brokerAnswers(
      nodeEnvironment,
      (onConnect) => connect({ host: '127.0.0.1', port }, onConnect),
      timeoutMs,
    )
  }

  it('is answered by one that says anything', async () => {
    expect(await ask('\0\0\0\u0004\0\0\0\u0001')).toBe(true)
  })

  it('is not by one that takes the connection and says nothing', async () => {
    expect(await ask(undefined, 50)).toBe(false)
  })

  it('is not by one that is not there', async () => {
    const nobody = (onConnect: () => void) => connect({ host: '127.0.0.1', port: 1 }, onConnect)
    expect(await brokerAnswers(nodeEnvironment, nobody, 5_000)).toBe(false)
  })
})
