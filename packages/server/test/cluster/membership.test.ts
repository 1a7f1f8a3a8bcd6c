import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { until } from '../support/wait.js'
import { type Cluster, createCluster, seqsOf } from './world.js'

let cluster: Cluster
beforeEach(async () => {
  cluster = await createCluster()
})
afterEach(() => cluster.end())

describe('changes of memberships in a cluster', () => {
  it('I8, R13: a removed member gets nothing above their leaving once the removal is answered, at another process', async () => {
    const api = await cluster.start('api')
    const [a, b] = [await cluster.start('gateway'), await cluster.start('gateway')]
    await cluster.start('sequencer')
    await api.members('general', 'ada', 'bob')
    const [ada, bob] = [await a.connect('ada'), await b.connect('bob')]
    let sending = true
    const load = (async () => {
      while (sending) await a.send('general', 'ada', 'go on')
    })()
    await until('the load is shown', () => seqsOf(bob, 'general').length > 10)
    await api.remove('general', 'bob')
    const got = seqsOf(bob, 'general').length
    const left = bob.received('channel.removed')
    expect(left).toHaveLength(1)
    const before = seqsOf(ada, 'general').length
    await until('ada gets more', () => seqsOf(ada, 'general').length > before + 20)
    sending = false
    await load
    expect(seqsOf(bob, 'general').length).toBe(got)
    expect(seqsOf(bob, 'general').at(-1)).toBe(left[0].last_seq)
  })

  it('I8: who was removed can send at no process any more', async () => {
    const api = await cluster.start('api')
    const [a, b] = [await cluster.start('api'), await cluster.start('gateway')]
    await cluster.start('sequencer')
    await api.members('general', 'ada', 'bob')
    // every process keeps the membership
    await a.send('general', 'bob', 'one')
    await b.send('general', 'bob', 'two')
    await api.remove('general', 'bob')
    for (const process of [api, a, b]) {
      await expect(process.send('general', 'bob', 'three')).rejects.toMatchObject({
        code: 'not_in_channel',
      })
    }
  })

  it('R13: a removal waits for a process that is gone without a word until its lease is over, not longer', async () => {
    const api = await cluster.start('api')
    const gateway = await cluster.start('gateway')
    await cluster.start('sequencer')
    await api.members('general', 'ada', 'bob')
    await gateway.connect('bob')
    await gateway.kill()
    // it rejects when the time for a confirmation is over
    await api.remove('general', 'bob')
    expect((await cluster.processes.list()).entries.map((entry) => entry.processId)).not.toContain(
      gateway.processId,
    )
  })

  it('R15: whoever is asked, one process brings the changes; another goes on when it dies', async () => {
    const first = await cluster.start('api')
    const second = await cluster.start('api')
    await cluster.start('sequencer')
    await second.members('general', 'ada')
    await first.kill()
    await second.members('general', 'bob', 'cem')
    const third = await cluster.start('api')
    await Promise.all([third.members('general', 'dan'), second.members('general', 'eva')])
    expect(await third.send('general', 'ada', 'six')).toMatchObject({ channel_seq: 6 })
  })
})
