import type { BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ChatPage, eventually } from './support/chat-page.js'
import { World } from './support/world.js'

describe('two tabs of one user', () => {
  let world: World
  let profile: BrowserContext
  let left: ChatPage
  let right: ChatPage
  let grace: ChatPage

  beforeAll(async () => {
    world = await World.open()
    profile = await world.context()
    left = await world.window(profile)
    await left.comeIn(world.server.url, 'Ada')
    right = await world.window(profile)
    // The second tab is the same user without being asked.
    await right.page.goto(world.server.url)
    await right.isUpToDate()
    grace = await world.user('Grace')
  })
  afterAll(async () => {
    await world?.close()
  })

  it('both write at once, and nothing is sent twice', async () => {
    const written = Array.from({ length: 6 }, (_, at) => at + 1)
    await Promise.all([
      ...[left, right].map(async (chat, side) => {
        for (const at of written) await chat.write(`tab ${side + 1}, message ${at}`)
      }),
    ])
    for (const chat of [left, right, grace]) {
      await chat.message('tab 1, message 6').waitFor()
      await chat.message('tab 2, message 6').waitFor()
      await chat.hasPending()
    }
    const texts = await grace.texts()
    expect(texts).toHaveLength(12)
    for (const side of [1, 2]) {
      const own = texts.filter((text) => text.startsWith(`tab ${side}`))
      expect(own).toEqual(written.map((at) => `tab ${side}, message ${at}`))
    }
    // what is acknowledged stands below until its number has come, which may be later on one connection
    await eventually(() => left.texts(), texts)
    await eventually(() => right.texts(), texts)
  })

  it('a tab that is cut keeps its own messages, and the other shows that they wait', async () => {
    await left.networkSwitch.click()
    await left.write('from the tab that is cut')
    await left.hasPending('from the tab that is cut')
    await right.hasPending('from the tab that is cut')
    await right.write('from the tab that is not')
    await grace.hasReceived('from the tab that is not')

    await left.networkSwitch.click()
    const both = ['from the tab that is not', 'from the tab that is cut']
    for (const chat of [left, right, grace]) {
      await chat.hasReceived(...both)
      await chat.hasPending()
    }
    expect(await left.texts()).toEqual(await grace.texts())
    expect(await right.texts()).toEqual(await grace.texts())
  })

  it('what a closed tab could not send, the other one sends, once', async () => {
    await left.networkSwitch.click()
    const orphans = ['orphan one', 'orphan two', 'orphan three']
    for (const text of orphans) await left.write(text)
    await left.hasPending(...orphans)
    // A tab that opens now knows of them from the storage alone: they are stored.
    const witness = await world.window(profile)
    await witness.page.goto(world.server.url)
    await witness.hasPending(...orphans)
    await left.page.close()

    for (const text of orphans) await grace.message(text).waitFor({ timeout: 60_000 })
    await grace.hasReceived(...orphans)
    for (const chat of [right, witness]) {
      await chat.hasReceived(...orphans)
      await chat.hasPending()
    }
    expect(await right.texts()).toEqual(await grace.texts())
    expect(world.faults).toEqual([])
  })
})
