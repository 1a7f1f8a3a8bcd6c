import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ChatPage, eventually } from './support/chat-page.js'
import { sizes, World } from './support/world.js'

interface Box {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

const boxOf = (locator: Locator): Promise<Box> =>
  locator.evaluate((element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect()
    return { left, right, top, bottom }
  })

/** Names and texts that something lies upon; all of one moment, for the list may still be scrolling to its end. */
const coveredBy = (locator: Locator): Promise<string[]> =>
  locator.evaluate((element) => {
    const above = element.getBoundingClientRect()
    const said = [...document.querySelectorAll('.text, .byline:not(.visually-hidden)')]
    const covered = said.filter((one) => {
      const { left, right, top, bottom } = one.getBoundingClientRect()
      return above.left < right && left < above.right && above.top < bottom && top < above.bottom
    })
    return covered.map(({ textContent }) => textContent ?? '')
  })

/** Whether somebody sees it: nothing lies above its middle, and no edge cuts it off. */
const isSeen = (locator: Locator): Promise<boolean> =>
  locator.evaluate((element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect()
    const above = document.elementFromPoint((left + right) / 2, (top + bottom) / 2)
    return above !== null && element.contains(above)
  })

const wide = (text: string): string =>
  `${text}, and rather long, so that it takes the whole width of the window.`

describe('on a narrow window stands where it is looked for', () => {
  let world: World
  let ada: ChatPage
  let grace: ChatPage

  beforeAll(async () => {
    world = await World.open()
    ada = await world.user('Ada')
    grace = await world.user('Grace', { viewport: sizes.narrow, reducedMotion: 'reduce' })
  })
  afterAll(async () => {
    await world?.close()
  })

  it('what can be done with a message below it and above no other', async () => {
    for (const text of ['First.', 'Second.', 'Third.']) {
      await grace.write(text)
      await ada.hasReceived(text)
    }
    await ada.write(wide('Fourth'))
    await ada.write(wide('Fifth'))
    await grace.hasReceived(wide('Fourth'), wide('Fifth'))
    for (const text of ['Second.', 'Fourth', 'Fifth']) {
      const message = grace.message(text)
      await message.locator('.text').click()
      const bar = message.getByRole('group', { name: 'Actions' })
      await eventually(() => isSeen(bar.getByRole('button', { name: 'React' })), true)
      expect(await coveredBy(bar)).toEqual([])
    }
    await grace.picture('actions-below-narrow')
  })

  it('what is pressed, which does not move away as what was chosen before lets go', async () => {
    const third = grace.message('Third.')
    await third.locator('.text').click()
    await third.getByRole('button', { name: 'React' }).click()
    await third.getByRole('button', { name: 'heart' }).click()
    const heart = third.getByRole('button', { name: 'heart, 1' })
    await heart.waitFor()
    // it stands below the line that says so, and moves when that goes
    await third.getByText('Change waiting to be sent').waitFor({ state: 'detached' })
    await grace.message('First.').locator('.text').click()
    await heart.click({ delay: 200 })
    await heart.waitFor({ state: 'detached' })
    await grace.message('First.').locator('.text').click()
    await grace.composer.click()
    await eventually(() => grace.page.locator('[data-chosen="true"]').count(), 0)
  })

  it('why an edit cannot be saved, in view when it was pasted', async () => {
    await grace.write('Sixth.')
    await ada.hasReceived('Sixth.')
    await ada.write(wide('Seventh'))
    await ada.write(wide('Eighth'))
    await grace.hasReceived(wide('Seventh'), wide('Eighth'))
    const sixth = grace.message('Sixth.')
    await sixth.locator('.text').click()
    await sixth.getByRole('button', { name: 'Edit' }).click()
    await grace.page.keyboard.insertText('lorem ipsum dolor '.repeat(700))
    const reason = grace.page.getByText('characters too many')
    await eventually(() => isSeen(reason), true)
    await eventually(() => isSeen(grace.page.getByRole('button', { name: 'Save' })), true)
    await grace.picture('edit-too-long-narrow')
    await grace.page.keyboard.press('Escape')
    await sixth.waitFor()
  })

  it('the newest message, however much is being written', async () => {
    const newest = grace.message('Eighth')
    const wayThere = grace.page.getByRole('button', { name: 'To the newest' })
    await grace.composer.fill('one\ntwo\nthree')
    await eventually(() => isSeen(newest), true)
    await grace.composer.fill('line\n'.repeat(12))
    await eventually(() => isSeen(newest), true)
    expect(await wayThere.count()).toBe(0)
    await grace.composer.fill('')
    await eventually(() => isSeen(newest), true)
    expect(await wayThere.count()).toBe(0)
  })

  it('how the line is, in whole words while the network is cut', async () => {
    await grace.networkSwitch.click()
    await grace.says('You cut the network')
    const words = await grace.status.evaluate((element) => {
      const range = document.createRange()
      range.selectNodeContents(element)
      return range.getBoundingClientRect().right - element.getBoundingClientRect().right
    })
    expect(words).toBeLessThanOrEqual(0)
    await grace.picture('cut-words-narrow')
    await grace.networkSwitch.click()
    await grace.isUpToDate()
  })

  it('what to do about an own message that was refused, at the side of the message', async () => {
    await grace.page.goto(`${world.server.url}#/no-such-channel`)
    await grace.page.getByRole('heading', { name: 'no-such-channel' }).waitFor()
    await grace.write('?')
    const discard = grace.page.getByRole('button', { name: 'Discard' })
    await discard.waitFor()
    const { right } = await boxOf(grace.page.locator('.row[data-status="failed"] .bubble'))
    expect(Math.abs((await boxOf(discard)).right - right)).toBeLessThan(8)
    await grace.picture('refused-narrow')
    await discard.click()
  })

  it('and no page threw an error', () => {
    expect(world.faults).toEqual([])
  })
})
