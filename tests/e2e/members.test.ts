import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type System, startSystem } from './support/system.js'
import { eventually, watch } from './support/watch.js'

let system: System
beforeEach(async () => {
  system = await startSystem()
  await system.channel('general', 'alice', 'bob')
}, 120_000)
afterEach(() => system.end(), 120_000)

describe('a member', { timeout: 120_000 }, () => {
  it('I8: who was removed sees nothing that was said after it, on any device', async () => {
    const alice = system.device('alice').client.channel('general')
    const devices = [system.device('bob'), system.device('bob')]
    const shown = devices.map(({ client }) => watch(client.channel('general')))
    await Promise.all([
      alice.ready(),
      ...devices.map(({ client }) => client.channel('general').ready()),
    ])
    await alice.send('before')
    for (const { texts } of shown) await eventually(() => expect(texts()).toEqual(['before']))
    await system.platform.channels.removeMember('general', 'bob')
    await alice.send('after')
    for (const { syncs } of shown) await eventually(() => expect(syncs.at(-1)).toBe('removed'))
    for (const { client } of devices) {
      await expect(client.channel('general').send('may I?')).rejects.toMatchObject({
        code: 'channel_not_found',
        outcome: 'rejected',
      })
      await expect(client.channel('general').history()).rejects.toMatchObject({
        code: expect.stringMatching(/^(channel_not_found|not_in_channel)$/),
      })
    }
    await expect(system.as('bob').messages.history('general')).rejects.toMatchObject({
      code: 'channel_not_found',
    })
    for (const { texts } of shown) expect(texts()).toEqual(['before'])
  })

  it('who comes back goes on with what was missed, or from where their history begins', async () => {
    const alice = system.device('alice').client.channel('general')
    const bob = system.device('bob').client
    const seen = watch(bob.channel('general'))
    await Promise.all([alice.ready(), bob.channel('general').ready()])
    await alice.send('before')
    await eventually(() => expect(seen.texts()).toEqual(['before']))
    await system.platform.channels.removeMember('general', 'bob')
    const missed = await alice.send('missed')
    await system.platform.channels.putMember('general', 'bob')
    await alice.send('back again')
    await eventually(() => expect(seen.texts().at(-1)).toBe('back again'))
    const everything = await bob.channel('general').history()
    expect(everything.items.map(({ text }) => text)).toEqual(['before', 'missed', 'back again'])
    // carol is shown nothing from before that message
    await system.platform.channels.putMember('general', 'carol', {
      visibleFromSeq: missed.channelSeq,
    })
    const carol = system.device('carol').client.channel('general')
    const hers = await carol.history()
    expect(hers.items.map(({ text }) => text)).toEqual(['missed', 'back again'])
    expect(hers.hasNext).toBe(false)
  })

  it('who joins is told of the channel at once, and of its new name', async () => {
    const carol = system.device('carol').client
    const told: string[] = []
    carol.channels.on('added', ({ channel }) => told.push(`added ${channel.id}`))
    carol.channels.on('changed', ({ channel }) =>
      told.push(`changed ${channel.id} ${channel.info?.name}`),
    )
    carol.channels.on('removed', ({ channel }) => told.push(`removed ${channel.id}`))
    await eventually(() => expect(carol.status).toBe('connected'))
    await system.platform.channels.putMember('general', 'carol')
    await eventually(() => expect(told[0]).toBe('added general'))
    await system.as('alice').channels.rename('general', 'Everybody')
    await eventually(() => expect(told).toContain('changed general Everybody'))
    await system.as('carol').channels.removeMember('general', 'carol')
    await eventually(() => expect(told.at(-1)).toBe('removed general'))
  })

  it('of another workspace learns nothing of it', async () => {
    await system.platform.workspaces.put('elsewhere', {})
    await system.platform.workspaces.putMember('elsewhere', 'mallory')
    const mallory = system.device('mallory').client
    await expect(mallory.channel('general').send('hello?')).rejects.toMatchObject({
      code: 'channel_not_found',
    })
    await expect(mallory.channel('general').ready()).rejects.toMatchObject({
      code: 'not_in_channel',
    })
    await expect(system.as('mallory').channels.get('general')).rejects.toMatchObject({
      code: 'channel_not_found',
    })
    await expect(system.as('mallory').workspaces.get('home')).rejects.toMatchObject({
      code: 'not_found',
    })
  })
})
