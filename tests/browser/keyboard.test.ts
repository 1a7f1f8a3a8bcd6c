import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ChatPage, eventually } from './support/chat-page.js'
import { sizes, World } from './support/world.js'

/** What has the focus, by its name. */
const focused = (chat: ChatPage): Promise<string> =>
  chat.page.evaluate(() => {
    const element = document.activeElement as HTMLElement | null
    const label = element instanceof HTMLInputElement ? element.labels?.[0] : undefined
    return (
      element?.getAttribute('aria-label') ??
      label?.textContent ??
      element?.querySelector('.text')?.textContent ??
      element?.innerText.trim() ??
      ''
    )
  })

describe('with the keyboard alone', () => {
  let world: World
  let ada: ChatPage
  let grace: ChatPage

  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await ada.page.keyboard.press(key)
  }
  /** Goes on until the focus is there; gives up after a round. */
  const tabTo = async (name: string, key = 'Tab'): Promise<void> => {
    for (let stop = 0; stop < 30; stop++) {
      if ((await focused(ada)) === name) return
      await press(key)
    }
    expect(await focused(ada)).toBe(name)
  }

  beforeAll(async () => {
    world = await World.open()
    grace = await world.user('Grace')
    await grace.write('Anybody here?')
    const linus = await world.user('Linus Torvalds')
    await linus.page.context().close()
    ada = await world.window(await world.context({ reducedMotion: 'reduce' }))
    await ada.page.goto(world.server.url)
  })
  afterAll(async () => {
    await world?.close()
  })

  it('somebody comes in and writes at once', async () => {
    // a page is loaded before it is drawn: keys that come between are nobody's
    await eventually(() => focused(ada), 'Your name')
    await ada.page.keyboard.type('Ada')
    await press('Enter')
    await ada.isUpToDate()
    await eventually(() => focused(ada), 'Message to general')
    await ada.page.keyboard.type('I am.')
    await press('Shift+Enter')
    await ada.page.keyboard.type('And you?')
    await press('Enter')
    await grace.hasReceived('Anybody here?', 'I am.\nAnd you?')
    await ada.hasReceived('I am.\nAnd you?')
    expect(await focused(ada)).toBe('Message to general')
  })

  it('walks through the messages, and reacts to one', async () => {
    await tabTo('I am.\nAnd you?', 'Shift+Tab')
    await press('ArrowUp')
    expect(await focused(ada)).toBe('Anybody here?')
    await ada.picture('keyboard-focus')
    await tabTo('React')
    await press('Enter')
    await eventually(() => focused(ada), 'thumbs up')
    await press('Tab', 'Enter')
    await eventually(() => focused(ada), 'Anybody here?')
    await grace.message('Anybody here?').getByRole('button', { name: 'heart, 1' }).waitFor()
  })

  it('edits, answers and deletes', async () => {
    await press('ArrowDown')
    expect(await focused(ada)).toBe('I am.\nAnd you?')
    await tabTo('Edit')
    await press('Enter')
    await eventually(() => focused(ada), 'Edit your message')
    await press('ControlOrMeta+a')
    await ada.page.keyboard.type('I am here.')
    await press('Enter')
    await eventually(() => focused(ada), 'I am here.')
    await grace.message('I am here.').getByText('edited').waitFor()

    await tabTo('Reply')
    await press('Enter')
    await eventually(() => focused(ada), 'Message to general')
    await ada.page.keyboard.type('To myself, then.')
    await press('Enter')
    await grace.hasReceived('I am here.', 'To myself, then.')
    // what can be done with it is there when it is known to be stored, which others may learn first
    await ada.hasReceived('To myself, then.')

    await tabTo('I am here.', 'Shift+Tab')
    await press('End')
    expect(await focused(ada)).toBe('To myself, then.')
    await tabTo('Delete')
    await press('Enter')
    await ada.page.getByRole('dialog').waitFor()
    await tabTo('Delete')
    await press('Enter')
    await grace.hasReceived('I am here.', 'This message was deleted.')
    await eventually(() => focused(ada), 'This message was deleted.')
  })

  it('cuts the network with the space bar, and joins it again', async () => {
    await tabTo('Cut the network', 'Shift+Tab')
    await press('Space')
    await ada.says('You cut the network')
    await press('Space')
    await ada.isUpToDate()
  })

  it('chooses from names whom to write to', async () => {
    await tabTo('Write to somebody', 'Shift+Tab')
    await press('Enter')
    const dialog = ada.page.getByRole('dialog', { name: 'Write to somebody' })
    await dialog.getByRole('button', { name: 'linus-torvalds' }).waitFor()
    expect(await dialog.getByRole('list').getByRole('button').allTextContents()).toEqual([
      'Ggrace',
      'Llinus-torvalds',
    ])
    await ada.page.keyboard.type('Torv')
    await dialog.getByRole('status').getByText('1 person', { exact: true }).waitFor()
    await dialog.getByRole('button', { name: 'grace' }).waitFor({ state: 'detached' })
    await press('ArrowDown', 'ArrowUp', 'ArrowDown')
    expect(await focused(ada)).toMatch(/linus-torvalds$/)
    await press('Enter')
    await ada.page.getByRole('heading', { name: 'linus-torvalds' }).waitFor()
    await eventually(() => focused(ada), 'Message to linus-torvalds')

    await tabTo('Write to somebody', 'Shift+Tab')
    await press('Enter')
    await dialog.getByRole('button', { name: 'grace' }).waitFor()
    await ada.page.keyboard.type('Gracia')
    await dialog.getByRole('status').getByText('Nobody else here is called that').waitFor()
    await press('Enter')
    await dialog.getByRole('alert').getByText('not in the workspace').waitFor()
    await press('ControlOrMeta+a')
    await ada.page.keyboard.type('Grace')
    await press('Enter')
    await ada.page.getByRole('heading', { name: 'grace' }).waitFor()
    await eventually(() => focused(ada), 'Message to grace')
  })

  it('makes a channel, and comes back from dialogs to where it was', async () => {
    await tabTo('Add a channel', 'Shift+Tab')
    await press('Enter')
    await ada.page.getByRole('dialog').waitFor()
    await press('Escape')
    await eventually(() => focused(ada), 'Add a channel')
    await press('Enter')
    await ada.page.getByRole('dialog').waitFor()
    await ada.page.keyboard.type('keys')
    await press('Enter')
    await ada.page.getByRole('heading', { name: 'keys' }).waitFor()
    await eventually(() => focused(ada), 'Message to keys')
  })

  it('finds the list of channels behind a button on a narrow window', async () => {
    await ada.page.setViewportSize(sizes.narrow)
    await tabTo('Channels', 'Shift+Tab')
    await press('Enter')
    await eventually(() => focused(ada), 'keys')
    await press('Escape')
    await eventually(() => focused(ada), 'Channels')
    expect(world.faults).toEqual([])
  })
})
