import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ChatPage } from './support/chat-page.js'
import { World } from './support/world.js'

describe('a server that is killed under its users', () => {
  let world: World
  let ada: ChatPage
  let grace: ChatPage

  beforeAll(async () => {
    world = await World.open()
    ada = await world.user('Ada')
    await ada.isKeptOffline()
    grace = await world.user('Grace')
  })
  afterAll(async () => {
    await world?.close()
  })

  it('comes back with everything that was said, and gets what was written meanwhile', async () => {
    const before = ['one', 'two', 'three']
    for (const text of before) await ada.write(text)
    await grace.hasReceived(...before)

    await world.server.kill()
    await ada.write('written while the server is dead')
    await grace.write('so is this')
    await ada.hasPending('written while the server is dead')
    await grace.hasPending('so is this')
    await ada.says('Offline, trying again soon')
    await ada.picture('server-killed')

    await world.server.start()
    // each tries again at a time of its own: what one wrote comes to the other when both are back
    await Promise.all([ada.isUpToDate(), grace.isUpToDate()])
    for (const chat of [ada, grace]) {
      await chat.message('written while the server is dead').waitFor()
      await chat.message('so is this').waitFor()
      await chat.hasPending()
    }
    const texts = await ada.texts()
    expect(texts.slice(0, 3)).toEqual(before)
    expect(texts.slice(3).sort()).toEqual(['so is this', 'written while the server is dead'])
    expect(await grace.texts()).toEqual(texts)
  })

  it('is killed in the middle of twenty sends: each is there once, in the order of writing', async () => {
    const twenty = Array.from({ length: 20 }, (_, at) => `burst ${at + 1}`)
    for (const text of twenty.slice(0, 10)) await ada.write(text)
    await world.server.kill()
    for (const text of twenty.slice(10)) await ada.write(text)
    await world.server.start()
    await Promise.all([ada.comesBack(), grace.comesBack()])

    await grace.hasReceived(...twenty)
    const texts = await ada.hasReceived(...twenty)
    expect(texts.filter((text) => text.startsWith('burst'))).toEqual(twenty)
    expect(await grace.texts()).toEqual(texts)
  })

  it('can be away when a page is opened: what waits is there, and goes out when it is back', async () => {
    await world.server.kill()
    await ada.write('before the reload')
    await ada.hasPending('before the reload')
    await ada.page.reload()
    await ada.hasPending('before the reload')
    await ada.write('after the reload')
    await ada.hasPending('before the reload', 'after the reload')
    await ada.picture('opened-without-server')
    await world.server.start()
    await Promise.all([ada.comesBack(), grace.comesBack()])
    await grace.hasReceived('before the reload', 'after the reload')
    await ada.hasReceived('before the reload', 'after the reload')
    expect(await ada.texts()).toEqual(await grace.texts())
  })

  it('shows the same to somebody who comes in afterwards', async () => {
    const late = await world.user('Late')
    await late.hasReceived('after the reload')
    expect(await late.texts()).toEqual(await ada.texts())
    expect(world.faults).toEqual([])
  })
})
