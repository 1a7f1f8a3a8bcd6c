import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ChatPage } from './support/chat-page.js'
import { World } from './support/world.js'

describe('a user who goes offline', () => {
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

  it('cuts the network, writes three, reloads, joins again: all arrive once and in order', async () => {
    await ada.networkSwitch.click()
    await ada.says('You cut the network')
    const three = ['first while cut', 'second while cut', 'third while cut']
    for (const text of three) await ada.write(text)
    await ada.hasPending(...three)
    await ada.picture('offline-before-reload')

    await ada.page.reload()
    expect(await ada.networkSwitch.getAttribute('aria-checked')).toBe('true')
    await ada.hasPending(...three)
    await ada.picture('offline-after-reload')
    await grace.write('Where is Ada?')
    await grace.hasReceived('Where is Ada?')

    await ada.networkSwitch.click()
    await ada.isUpToDate()
    const both = ['Where is Ada?', ...three]
    await grace.hasReceived(...both)
    await ada.hasReceived(...both)
    await ada.hasPending()
    expect(await ada.texts()).toEqual(await grace.texts())
    await ada.picture('offline-joined-again')
  })

  it('loses the network of the whole browser, writes three, comes back', async () => {
    const context = ada.page.context()
    await context.setOffline(true)
    const three = ['first while offline', 'second while offline', 'third while offline']
    for (const text of three) await ada.write(text)
    await ada.hasPending(...three)
    await grace.write('Is she gone again?')
    await grace.hasReceived('Is she gone again?')

    await context.setOffline(false)
    await grace.hasReceived('Is she gone again?', ...three)
    await ada.hasReceived('Is she gone again?', ...three)
    await ada.hasPending()
    expect(await ada.texts()).toEqual(await grace.texts())
  })

  it('edits, reacts and deletes while cut, and both windows agree afterwards', async () => {
    await ada.networkSwitch.click()
    await ada.message('first while cut').hover()
    await ada.message('first while cut').getByRole('button', { name: 'Edit' }).click()
    await ada.page.getByRole('textbox', { name: 'Edit your message' }).fill('first, but better')
    await ada.page.getByRole('button', { name: 'Save' }).click()
    await ada.message('Where is Ada?').hover()
    await ada.message('Where is Ada?').getByRole('button', { name: 'React' }).click()
    await ada.page.getByRole('button', { name: 'party' }).click()
    await ada.message('third while cut').hover()
    await ada.message('third while cut').getByRole('button', { name: 'Delete' }).click()
    await ada.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await ada.page.getByRole('button', { name: '3 waiting to be sent' }).waitFor()
    await ada.page.reload()
    await ada.page.getByRole('button', { name: '3 waiting to be sent' }).waitFor()

    await ada.networkSwitch.click()
    for (const chat of [ada, grace]) {
      await chat.message('first, but better').getByText('edited').waitFor()
      await chat.message('Where is Ada?').getByRole('button', { name: 'party, 1' }).waitFor()
      await chat.message('This message was deleted.').waitFor()
    }
    expect(await ada.texts()).toEqual(await grace.texts())
    expect(world.faults).toEqual([])
  })
})
