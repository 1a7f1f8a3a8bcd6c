import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ChatPage } from './support/chat-page.js'
import { violations } from './support/violations.js'
import { sizes, World } from './support/world.js'

describe('two users see of each other', () => {
  let world: World
  let ada: ChatPage
  let grace: ChatPage

  beforeAll(async () => {
    world = await World.open()
    ada = await world.user('Ada', { viewport: sizes.wide })
  })
  afterAll(async () => {
    await world?.close()
  })

  /** Whose message this is has it said in words how far it has come. */
  const hasCome = (text: string, words: string): Promise<void> =>
    ada.message(text).getByText(words, { exact: true }).waitFor()
  const showsHere = (words: string): Promise<void> =>
    ada.page.getByRole('button', { name: words }).waitFor()
  const openMenu = (): Promise<void> =>
    grace.page.getByRole('button', { name: /^Channels/ }).click()

  it('who is here, as they come', async () => {
    await showsHere('People, 1 of 1 here')
    await ada.write('Is anybody here?')
    await hasCome('Is anybody here?', 'Sent')
    grace = await world.user('Grace', { viewport: sizes.narrow })
    await showsHere('People, 2 of 2 here')
    await grace.hasReceived('Is anybody here?')
    await hasCome('Is anybody here?', 'Read by grace')
  })

  it('who types, until they have written it', async () => {
    await grace.composer.pressSequentially('I am, on the train')
    await ada.page.getByText('grace is typing…').waitFor()
    expect(await violations(ada.page)).toEqual([])
    await ada.picture('typing-wide')
    await grace.composer.press('Enter')
    await ada.hasReceived('I am, on the train')
    await ada.page.getByText('grace is typing…').waitFor({ state: 'detached' })
    await ada.composer.pressSequentially('Safe travels')
    await grace.page.getByText('ada is typing…').waitFor()
    expect(await violations(grace.page)).toEqual([])
    await grace.picture('typing-narrow')
    await ada.composer.fill('')
    await grace.page.getByText('ada is typing…').waitFor({ state: 'detached' })
  })

  it('how far a message has come: sent, delivered, read', async () => {
    await openMenu()
    await grace.page.getByRole('button', { name: 'Add a channel' }).click()
    await grace.page.getByLabel('Name of a new channel').fill('gardening')
    await grace.page.getByRole('button', { name: 'Make it' }).click()
    await grace.page.getByRole('heading', { name: 'gardening' }).waitFor()
    await ada.write('Call me when you arrive.')
    await ada.write('No hurry.')
    await hasCome('No hurry.', 'Delivered')
    await ada.picture('delivered-wide')
    await grace.page.getByRole('button', { name: 'Channels, 2 unread' }).click()
    const general = grace.page.getByRole('link', { name: /general/ })
    await general.getByText('2 unread').waitFor()
    expect(await violations(grace.page)).toEqual([])
    await grace.picture('unread-narrow')
    await general.click()
    await grace.hasReceived('Call me when you arrive.', 'No hurry.')
    await hasCome('No hurry.', 'Read by grace')
    await hasCome('Call me when you arrive.', 'Read by grace')
    expect(await violations(ada.page)).toEqual([])
    await ada.picture('read-wide')
    await grace.write('Will do.')
    await ada.hasReceived('Will do.')
    await grace.message('Will do.').getByText('Read by ada', { exact: true }).waitFor()
    await grace.picture('read-narrow')
  })

  it('what one has read on one device, as read on the other', async () => {
    const other = await world.user('Grace')
    await other.page.getByRole('link', { name: /gardening/ }).click()
    await other.page.getByRole('heading', { name: 'gardening' }).waitFor()
    await openMenu()
    await grace.page.getByRole('link', { name: /gardening/ }).click()
    await grace.page.getByRole('heading', { name: 'gardening' }).waitFor()
    await ada.write('And bring bread.')
    await other.page
      .getByRole('link', { name: /general/ })
      .getByText('1 unread')
      .waitFor()
    await openMenu()
    await grace.page.getByRole('link', { name: /general/ }).click()
    await grace.hasReceived('And bring bread.')
    await other.page
      .getByRole('link', { name: /general/ })
      .getByText('1 unread')
      .waitFor({ state: 'detached' })
    await other.page.context().close()
  })

  it('who is away, and who is gone', async () => {
    await openMenu()
    await grace.page.getByRole('button', { name: 'Show me as away' }).click()
    await grace.page.getByText('You are away').waitFor()
    expect(await violations(grace.page)).toEqual([])
    await grace.picture('away-narrow')
    await grace.page.keyboard.press('Escape')
    await ada.page.getByRole('button', { name: /^People/ }).click()
    const people = ada.page.getByRole('dialog', { name: 'People in general' })
    await people.getByRole('listitem').filter({ hasText: 'grace' }).getByText('away').waitFor()
    expect(await violations(ada.page)).toEqual([])
    await ada.picture('people-wide')
    await grace.networkSwitch.click()
    await people.getByText(/^offline/).waitFor({ timeout: 45_000 })
    await people.getByRole('button', { name: 'Close' }).click()
    await showsHere('People, 1 of 2 here')
    await grace.networkSwitch.click()
    await grace.comesBack()
    await showsHere('People, 2 of 2 here')
  })

  it('where the other one of a direct conversation is', async () => {
    await openMenu()
    await grace.page.getByRole('button', { name: 'Write to somebody' }).click()
    await grace.page.getByLabel('Their name').fill('ada')
    await grace.page.getByRole('button', { name: 'Open', exact: true }).click()
    await grace.page.getByRole('heading', { name: 'ada' }).waitFor()
    await grace.page.getByText('ada is online').waitFor()
    await grace.write('Just between us.')
    await grace.message('Just between us.').getByText('Delivered', { exact: true }).waitFor()
    expect(await violations(grace.page)).toEqual([])
    await grace.picture('direct-narrow')
    const link = ada.page.getByRole('link', { name: /grace.*(online|away).*1 unread/ })
    await link.waitFor()
    expect(await violations(ada.page)).toEqual([])
    await ada.picture('direct-wide')
    await link.click()
    await grace.message('Just between us.').getByText('Read', { exact: true }).waitFor()
  })

  it('and no page threw an error', () => {
    expect(world.faults).toEqual([])
  })
})
