import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ChatPage, eventually } from './support/chat-page.js'
import { sizes, World } from './support/world.js'

const leftOf = async (locator: Locator): Promise<number> =>
  (await locator.boundingBox())?.x ?? Number.NaN

/** Where the drawn text begins, which is not where its box does. */
const textLeftOf = (locator: Locator): Promise<number> =>
  locator.evaluate((element) => {
    const range = document.createRange()
    range.selectNodeContents(element)
    return range.getBoundingClientRect().left
  })

describe('everything stands where it is looked for', () => {
  let world: World
  let ada: ChatPage
  let sara: ChatPage

  beforeAll(async () => {
    world = await World.open()
    ada = await world.user('Ada')
    sara = await world.user('שרה', { viewport: sizes.narrow, reducedMotion: 'reduce' })
  })
  afterAll(async () => {
    await world?.close()
  })

  it('a name from right to left, among words from left to right', async () => {
    await sara.write('שלום')
    await ada.hasReceived('שלום')
    const byline = ada.message('שלום').locator('.byline')
    expect(await leftOf(byline.locator('.author'))).toBeLessThan(
      await leftOf(byline.locator('time')),
    )
    const parts = await byline.locator('time').evaluate((time) => {
      const range = document.createRange()
      range.selectNodeContents(time)
      return range.getClientRects().length
    })
    expect(parts).toBe(1)

    await ada.page.getByRole('button', { name: /^People/ }).click()
    const people = ada.page.getByRole('dialog').locator('.people-name')
    await eventually(() => people.count(), 2)
    expect(await textLeftOf(people.nth(1))).toBe(await textLeftOf(people.nth(0)))
    await ada.page.keyboard.press('Escape')

    await sara.page.getByRole('button', { name: /^Channels/ }).click()
    const own = sara.page.locator('.me-name')
    expect(await textLeftOf(own.locator('.me-called'))).toBeCloseTo(await leftOf(own), 0)
    await sara.page.keyboard.press('Escape')

    await ada.page.getByRole('button', { name: 'Write to somebody' }).click()
    await ada.page.getByRole('dialog').waitFor()
    await ada.page.keyboard.type('שרה')
    await ada.page.keyboard.press('Enter')
    const heading = ada.page.getByRole('heading', { name: 'שרה' })
    await heading.waitFor()
    expect(await textLeftOf(heading)).toBeCloseTo(await leftOf(ada.page.locator('.status')), 0)
    await ada.picture('right-to-left-wide')
  })

  it('a button of a dialog, also when what the dialog lists arrives late', async () => {
    let arrive = (): void => {}
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve
    })
    await ada.page.route(/\/v1\/workspaces\/[^/]+\/channels/, async (route) => {
      await arrived
      await route.continue()
    })
    await ada.page.getByRole('button', { name: 'Add a channel' }).click()
    const button = ada.page.getByRole('button', { name: 'Make it' })
    await ada.page.getByText('Looking…').waitFor()
    const before = await button.boundingBox()
    arrive()
    await ada.page.getByRole('dialog').getByRole('listitem').first().waitFor()
    expect(await button.boundingBox()).toEqual(before)
    await ada.page.keyboard.press('Escape')
    await ada.page.unrouteAll()
  })

  it('what can be pressed, on a narrow window without a line', async () => {
    await sara.page.context().setOffline(true)
    const tryNow = sara.page.getByRole('button', { name: 'Try now' })
    await tryNow.waitFor()
    await sara.picture('offline-narrow')
    await tryNow.click({ trial: true })
    await sara.page.context().setOffline(false)
    await sara.comesBack()
  })

  it('says why nothing is shown, to who opens the page without a line', async () => {
    await sara.networkSwitch.click()
    await sara.page.reload()
    await sara.page.getByText('What was said comes when you are connected.').waitFor()
    await sara.networkSwitch.click()
    await sara.hasReceived('שלום')
    expect(world.faults).toEqual([])
  })
})
