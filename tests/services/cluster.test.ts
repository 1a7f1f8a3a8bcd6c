import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { createClient } from '@tidings/sdk'
import { afterEach, describe, expect, it } from 'vitest'
import { type RunningCluster, startCluster } from '../../scripts/cluster/index.js'
import { toEnvironment } from '../../scripts/services/index.js'
import { Ports } from '../../scripts/services/run/ports.js'
import { useService } from '../../scripts/services/testing/use-service.js'
import { Program } from '../e2e/program.js'
import { isAlive } from './support/alive.js'
import { until } from './support/until.js'

const services = {
  kafka: await useService('kafka'),
  redis: await useService('redis'),
  postgres: await useService('postgres'),
}

describe('a cluster on one machine', { timeout: 120_000 }, () => {
  const ports = new Ports()
  let program: Program | undefined
  let cluster: RunningCluster | undefined
  afterEach(async () => {
    await program?.end()
    await cluster?.close()
    ports.release()
  })

  it('is started, chatted in and stopped by one command', async () => {
    const port = await ports.take()
    const args = `--port ${port} --store postgres --api 1 --gateways 1 --sequencers 1 --from source`
    program = new Program(
      [
        '--disable-warning=TimeoutNegativeWarning',
        '--import',
        'tsx',
        'scripts/cluster/main.ts',
        ...args.split(' '),
      ],
      toEnvironment(services),
    )
    await program.says('Stop it:         Ctrl-C')
    const url = `http://127.0.0.1:${port}`
    expect(program.out).toContain(`${url}/`)
    expect(await (await fetch(url)).text()).toContain('<!doctype html>')

    const [ada, bob] = await Promise.all([enter(url, 'Ada'), enter(url, 'Bob')])
    const heard = new Promise((resolve) => bob.channel.on('message', ({ text }) => resolve(text)))
    await ada.channel.send('over all processes')
    expect(await heard).toBe('over all processes')
    await Promise.all([ada.client.close(), bob.client.close()])

    await program.says(/sequencer-1 \(\d+\): ready, partitions 0-5/)
    const pids = [...program.out.matchAll(/^\S+-1 \((\d+)\): /gm)].map(([, pid]) => Number(pid))
    expect(new Set(pids).size).toBe(3)
    expect(pids.every(isAlive)).toBe(true)
    program.interrupt()
    expect(await program.ended).toBe(0)
    expect(program.out).toContain('Stopped: 3 of 3 processes drained, nothing is left running.')
    expect(program.err).toBe('')
    expect(pids.some(isAlive)).toBe(false)
  })

  it('is refused a port that is taken, in one sentence and before anything is started', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    program = new Program([
      '--import',
      'tsx',
      'scripts/cluster/main.ts',
      ...`--port ${port} --store postgres`.split(' '),
    ])
    expect(await program.ended).toBe(1)
    other.close()
    expect(program.out).toBe('')
    expect(program.err).toMatch(
      /^Port \d+ cannot be listened on \(.*\)\. Choose another: npm run cluster -- --port N\n$/,
    )
  })

  it('is made of processes that can be ended and started again, each at its address', async () => {
    cluster = await startCluster({
      api: 1,
      gateways: 1,
      sequencers: 1,
      store: 'postgres',
      services,
    })
    const { url, processes, tokenFor } = cluster
    const answer = await fetch(`${url}/v1/channels/general`, {
      headers: { authorization: `Bearer ${tokenFor('ada')}` },
    })
    expect(answer.status).toBe(404)
    const [api, gateway, sequencer] = processes
    expect(processes.map(({ role }) => role)).toEqual(['api', 'gateway', 'sequencer'])
    await Promise.all([gateway?.kill(), sequencer?.term()])
    expect([api?.ended, gateway?.ended, sequencer?.ended]).toEqual([
      undefined,
      'SIGKILL',
      'exit code 0',
    ])
    const before = gateway?.url
    await gateway?.restart()
    expect(gateway?.url).toBe(before)
    expect((await fetch(`${before}/readyz`)).status).toBe(200)
    const pids = processes.flatMap(({ pid }) => pid ?? [])
    expect(pids).toHaveLength(2)
    await cluster.close()
    expect(pids.some(isAlive)).toBe(false)
  })
})

/** A client of somebody who typed this name, where newcomers meet, once that is there. */
async function enter(url: string, name: string) {
  const login = async () => {
    const answer = await fetch(`${url}/v1/dev/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name }),
    })
    return ((await answer.json()) as { data: Login | null }).data
  }
  let me = await login()
  await until('there is a place to meet', async () => {
    me ??= await login()
    return me !== null
  })
  const { user_id: userId, channel_id: channelId, token } = me as unknown as Login
  const client = createClient({
    url: `${url.replace('http', 'ws')}/v1/ws`,
    userId,
    storage: 'memory',
    getToken: () => token,
  })
  const channel = client.channel(channelId)
  await until(`${name} is connected`, () => client.status === 'connected')
  return { client, channel }
}

interface Login {
  readonly token: string
  readonly user_id: string
  readonly channel_id: string
}
