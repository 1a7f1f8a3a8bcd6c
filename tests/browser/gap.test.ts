import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ChatPage, eventually } from './support/chat-page.js'
import { World } from './support/world.js'

const missed = 620

describe('a user who missed more than is caught up with', () => {
  let world: World
  let ada: ChatPage
  let said: readonly string[]

  beforeAll(async () => {
    world = await World.open()
    const { server } = world
    ada = await world.user('Ada')
    await ada.write('before it all')
    await ada.hasReceived('before it all')
    await server.kill()
    said = await server.fill(missed)
    await server.start()
    await ada.comesBack()
  })
  afterAll(async () => {
    await world?.close()
  })

  const gap = () => ada.page.getByText('Some messages between are not loaded yet.')

  it('is told of the gap, and reads the newest at once', async () => {
    await ada.hasReceived(...said.slice(-3))
    await gap().waitFor()
    const texts = await ada.texts()
    expect(texts[0]).toBe('before it all')
    expect(texts.length).toBeLessThan(100)
    await gap().scrollIntoViewIfNeeded()
    await ada.picture('gap')
  })

  it('fills it page by page, until nothing is missing', async () => {
    const load = ada.page.getByRole('button', { name: 'Load them' })
    await eventually(async () => {
      if (await load.isVisible()) await load.click()
      return ada.texts()
    }, ['before it all', ...said])
    expect(await gap().isVisible()).toBe(false)
    expect(world.faults).toEqual([])
  })
})
