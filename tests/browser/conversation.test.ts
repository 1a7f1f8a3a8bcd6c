import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { type ChatPage, eventually } from './support/chat-page.js'
import { World } from './support/world.js'

/** What a screen reader is told from now on: what comes into the part of the page that it listens to. */
async function announcements(live: Locator): Promise<() => Promise<string[]>> {
  const heard = await live.evaluateHandle((element) => {
    const texts: string[] = []
    new MutationObserver(() => texts.push(element.textContent ?? '')).observe(element, {
      childList: true,
      characterData: true,
      subtree: true,
    })
    return texts
  })
  return () => heard.jsonValue()
}

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

  it('are told of each message, also of one that says what the one before it said', async () => {
    const live = ada.page.locator('[aria-live="polite"]')
    await eventually(() => live.textContent(), 'grace: And to you, Ada.')
    const said = await announcements(live)
    await grace.write('ok')
    await eventually(said, ['grace: ok'])
    await grace.write('ok')
    await eventually(said, ['grace: ok', 'grace: ok'])
  })
})
