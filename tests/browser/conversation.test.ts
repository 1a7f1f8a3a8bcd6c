import { afterAll, beforeAll, describe, it } from 'vitest'
import type { ChatPage } from './support/chat-page.js'
import { World } from './support/world.js'

describe('two users in separate browsers', () => {
  let world: World
  let ada: ChatPage
  let grace: ChatPage

  beforeAll(async () => {
    world = await World.open()
    ada = await world.user('Ada')
    grace = await world.user('Grace')
  })
  afterAll(async () => {
    await world?.close()
  })

  it('read what the other writes, in the same order', async () => {
    await ada.write('Good morning!')
    await grace.hasReceived('Good morning!')
    await grace.write('And to you, Ada.')
    await ada.hasReceived('Good morning!', 'And to you, Ada.')
    await grace.picture('conversation')
  })
})
