import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { newChat } from './support/chat.js'
import { type ChatPage, patience } from './support/chat-page.js'
import { World } from './support/world.js'

const count = 2_000

/** The text of the first message in view, and how far from the top of the page it stands. */
const firstInView = (chat: ChatPage): Promise<{ text: string; top: number }> =>
  chat.page.evaluate(() => {
    const scroller = document.querySelector('.scroller')
    const edge = scroller?.getBoundingClientRect().top ?? 0
    const texts = [...document.querySelectorAll('.row .text')]
    const first = texts.find((element) => element.getBoundingClientRect().top >= edge)
    return {
      text: first?.textContent ?? '',
      top: first?.getBoundingClientRect().top ?? 0,
    }
  })

const scrollBy = (chat: ChatPage, px: number): Promise<void> =>
  chat.page.evaluate((by) => document.querySelector('.scroller')?.scrollBy(0, by), px)

describe('2,000 messages of history', () => {
  let world: World
  let ada: ChatPage
  let said: readonly string[]

  beforeAll(async () => {
    const chat = await newChat()
    said = await chat.fill(count)
    world = await World.open(chat)
    ada = await world.user('Ada')
  })
  afterAll(async () => {
    await world?.close()
  })

  it('begin with the newest page', async () => {
    await ada.hasReceived(...said.slice(-3))
    expect((await ada.texts()).length).toBeLessThan(200)
  })

  it('come page by page by scrolling up, and what is read stays where it is', async () => {
    for (let page = 1; page <= 3; page++) {
      const before = (await ada.texts()).length
      // Near to the top, where the next page is asked for. The place is read before it can come.
      const place = await ada.page.evaluate(() => {
        const scroller = document.querySelector('.scroller')
        if (scroller) scroller.scrollTop = 300
        const edge = scroller?.getBoundingClientRect().top ?? 0
        const rects = [...document.querySelectorAll('.row .text')].map((element) => ({
          text: element.textContent ?? '',
          top: element.getBoundingClientRect().top,
        }))
        return rects.find(({ top }) => top >= edge)
      })
      await vi.waitFor(
        async () => expect((await ada.texts()).length).toBeGreaterThan(before),
        patience,
      )
      const after = await firstInView(ada)
      expect(after.text).toBe(place?.text)
      expect(Math.abs(after.top - (place?.top ?? 0))).toBeLessThan(2)
    }
  })

  it('are all there at the top, each once and in order', async () => {
    const beginning = ada.page.getByText('This is where the conversation begins.')
    await vi.waitFor(
      async () => {
        await scrollBy(ada, -100_000)
        expect(await beginning.isVisible()).toBe(true)
      },
      { timeout: 80_000, interval: 20 },
    )
    expect(await ada.texts()).toEqual(said)
    await ada.picture('history-top')
  })

  it('do not slow the writer down: a message is sent and shown at the end', async () => {
    await ada.write('after all of that')
    await ada.hasReceived(...said.slice(-1), 'after all of that')
    const isAtEnd = () =>
      ada.page.evaluate(() => {
        const scroller = document.querySelector('.scroller')
        if (!scroller) return false
        return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 50
      })
    await vi.waitFor(async () => expect(await isAtEnd()).toBe(true), patience)
    expect(world.faults).toEqual([])
  })

  it('a reader who has scrolled up is not moved by what comes, is told of it, and can jump', async () => {
    const grace = await world.user('Grace')
    await scrollBy(ada, -2_000)
    await ada.page.getByRole('button', { name: 'To the newest' }).waitFor()
    const place = await firstInView(ada)
    await grace.write('are you still reading?')
    await grace.write('there is news')
    await ada.page.getByRole('button', { name: '2 new messages' }).waitFor()
    const after = await firstInView(ada)
    expect(after.text).toBe(place.text)
    expect(Math.abs(after.top - place.top)).toBeLessThan(2)
    await ada.picture('new-messages')
    await ada.page.getByRole('button', { name: '2 new messages' }).click()
    await ada.page.getByRole('button', { name: /new messages|To the newest/ }).waitFor({
      state: 'detached',
    })
    await ada.hasReceived('are you still reading?', 'there is news')
  })
})
