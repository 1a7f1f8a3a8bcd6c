import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ChatPage } from './support/chat-page.js'
import { violations } from './support/violations.js'
import { sizes, World } from './support/world.js'

const looks = [
  { name: 'wide and light', size: sizes.wide, colorScheme: 'light' },
  { name: 'narrow and light', size: sizes.narrow, colorScheme: 'light' },
  { name: 'wide and dark', size: sizes.wide, colorScheme: 'dark' },
  { name: 'narrow and dark', size: sizes.narrow, colorScheme: 'dark' },
] as const

describe('axe finds nothing', () => {
  let world: World

  beforeAll(async () => {
    world = await World.open()
    await haveAConversation(world)
  })
  afterAll(async () => {
    await world?.close()
  })

  for (const { name, size, colorScheme } of looks) {
    const picture = (of: string): string => `${of} ${name}`.replaceAll(' ', '-')
    const open = async (): Promise<ChatPage> =>
      world.window(await world.context({ viewport: size, colorScheme, reducedMotion: 'reduce' }))
    const isNarrow = size === sizes.narrow

    it(`in the login, ${name}`, async () => {
      const chat = await open()
      await chat.page.goto(world.server.url)
      await chat.page.getByLabel('Your name').fill('!!!')
      await chat.page.getByRole('button', { name: 'Come in' }).click()
      await chat.page.getByRole('alert').getByText('Try another name').waitFor()
      expect(await violations(chat.page)).toEqual([])
      await chat.picture(picture('login'))
    })

    it(`in the conversation, ${name}`, async () => {
      const chat = await open()
      await chat.comeIn(world.server.url, 'Ada')
      await chat.message('Shall we meet at noon?').waitFor()
      expect(await violations(chat.page)).toEqual([])
      await chat.picture(picture('chat'))
    })

    it(`with the focus on a message and its actions, ${name}`, async () => {
      const chat = await open()
      await chat.comeIn(world.server.url, 'Ada')
      await chat.message('Shall we meet at noon?').locator('.text').click()
      await chat.page.getByRole('button', { name: 'React' }).waitFor()
      expect(await violations(chat.page)).toEqual([])
      await chat.picture(picture('actions'))
    })

    it(`with the network cut, and what waits and what was refused, ${name}`, async () => {
      const chat = await open()
      await chat.comeIn(world.server.url, 'Ada')
      await chat.networkSwitch.click()
      await chat.write('This one waits.')
      await chat.write('So does this.')
      await chat.hasPending('This one waits.', 'So does this.')
      expect(await violations(chat.page)).toEqual([])
      await chat.picture(picture('cut'))
      await chat.page.getByRole('button', { name: '2 waiting to be sent' }).click()
      await chat.page.getByRole('dialog', { name: 'Outbox' }).waitFor()
      expect(await violations(chat.page)).toEqual([])
      await chat.picture(picture('outbox'))
      for (const discard of ['This one waits.', 'So does this.']) {
        await chat.page
          .getByRole('listitem')
          .filter({ hasText: discard })
          .getByRole('button', { name: 'Discard' })
          .click()
      }
      await chat.page.getByText('Nothing waits.').waitFor()
    })

    it(`in the list of channels and its dialogs, ${name}`, async () => {
      const chat = await open()
      await chat.comeIn(world.server.url, 'Ada')
      if (isNarrow) await chat.page.getByRole('button', { name: /^Channels/ }).click()
      await chat.page.getByRole('button', { name: 'Add a channel' }).waitFor()
      expect(await violations(chat.page)).toEqual([])
      await chat.picture(picture('channels'))
      await chat.page.getByRole('button', { name: 'Add a channel' }).click()
      await chat.page.getByRole('button', { name: 'Join gardening' }).waitFor()
      expect(await violations(chat.page)).toEqual([])
      await chat.picture(picture('add-channel'))
      await chat.page.keyboard.press('Escape')
      if (isNarrow) await chat.page.getByRole('button', { name: /^Channels/ }).click()
      await chat.page.getByRole('button', { name: 'Write to somebody' }).click()
      await chat.page.getByRole('dialog').getByRole('button', { name: 'grace' }).waitFor()
      expect(await violations(chat.page)).toEqual([])
      await chat.picture(picture('write-to-somebody'))
    })
  }

  it('when a message was refused', async () => {
    const chat = await world.user('Ada')
    await chat.page.goto(`${world.server.url}#/no-such-channel`)
    await chat.page.getByRole('heading', { name: 'no-such-channel' }).waitFor()
    await chat.write('Is somebody there?')
    await chat.page.getByText('Not sent.').waitFor()
    expect(await violations(chat.page)).toEqual([])
    await chat.picture('refused')
  })

  it('and no page threw an error', () => {
    expect(world.faults).toEqual([])
  })
})

/** A change waits no more: what said so goes, and what stands above it at the end moves, perhaps under a press. */
const isStored = ({ page }: ChatPage): Promise<void> =>
  page.getByText('Change waiting to be sent').waitFor({ state: 'detached' })

/** Something of everything that a timeline shows. */
async function haveAConversation(world: World): Promise<void> {
  const ada = await world.user('Ada')
  const grace = await world.user('Grace')
  await ada.write('Good morning! The release is out.')
  await grace.hasReceived('Good morning! The release is out.')
  await grace.write('Wonderful 🎉')
  await grace.write(
    'I read the notes on the train:\n• one effect per message\n• no holes\n• nothing lost',
  )
  await grace.write('مرحبا، كيف الحال؟ كل شيء على ما يرام.')
  await ada.hasReceived('مرحبا، كيف الحال؟ كل شيء على ما يرام.')
  await ada.write('This was a mistake.')
  await ada.write('Shall we meet at noon?')
  await grace.hasReceived('This was a mistake.', 'Shall we meet at noon?')

  await grace.message('Shall we meet at noon?').hover()
  await grace.page.getByRole('button', { name: 'React' }).click()
  await grace.page.getByRole('button', { name: 'thumbs up' }).click()
  await isStored(grace)
  await grace.message('Shall we meet at noon?').hover()
  await grace.page.getByRole('button', { name: 'Reply' }).click()
  await grace.write('Noon is fine, at the usual place.')
  await ada.hasReceived('Noon is fine, at the usual place.')

  await ada.message('This was a mistake.').hover()
  await ada.message('This was a mistake.').getByRole('button', { name: 'Delete' }).click()
  await ada.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await isStored(ada)
  await ada.message('Good morning!').hover()
  await ada.message('Good morning!').getByRole('button', { name: 'Edit' }).click()
  await ada.page
    .getByRole('textbox', { name: 'Edit your message' })
    .fill('Good morning! It is out.')
  await ada.page.getByRole('button', { name: 'Save' }).click()
  await grace.message('Good morning! It is out.').waitFor()

  await grace.page.getByRole('button', { name: 'Add a channel' }).click()
  await grace.page.getByLabel('Name of a new channel').fill('gardening')
  await grace.page.getByRole('button', { name: 'Make it' }).click()
  await grace.page.getByRole('heading', { name: 'gardening' }).waitFor()
  await grace.page.getByRole('button', { name: 'Write to somebody' }).click()
  await grace.page.getByLabel('Their name').fill('ada')
  await grace.page.getByRole('button', { name: 'Open', exact: true }).click()
  await grace.page.getByRole('heading', { name: 'ada' }).waitFor()
  await grace.write('Between you and me: well done.')
  await grace.hasReceived('Between you and me: well done.')
}
