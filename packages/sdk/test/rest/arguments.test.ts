import { expect, it } from 'vitest'
import { createRestClient } from '../../src/rest/index.js'

const open = () => {
  let calls = 0
  const rest = createRestClient({
    url: 'https://chat.example.com/v1',
    getToken: () => 'token',
    fetch: async () => {
      calls += 1
      throw new Error('nothing is sent')
    },
    retries: 0,
  })
  return { rest, calls: () => calls }
}
const target = { channelId: 'general', channelSeq: 1, messageId: 'm', epoch: 1 }

it('refuses options that are none, and a signal that is none, before anything is sent', async () => {
  const { rest, calls } = open()
  for (const [options, text] of [
    [null, '[invalid_argument] options must be an object, not null.'],
    ['x', '[invalid_argument] options must be an object, not this string.'],
    [{ signal: 5 }, '[invalid_argument] signal must be an AbortSignal, not 5.'],
  ] as const) {
    for (const call of [
      () => rest.users.me(options as never),
      () => rest.channels.get('general', options as never),
      () => rest.channels.list(options as never).next(),
      () => rest.messages.history('general', options as never),
      () => rest.messages.send('general', 'Hello', options as never),
      () => rest.messages.edit(target, 'Hello!', options as never),
      () => rest.messages.react(target, '+1', options as never),
    ]) {
      await expect(call()).rejects.toThrow(text)
    }
  }
  expect(calls()).toBe(0)
})

it('rejects what is no message to change', async () => {
  const { rest, calls } = open()
  for (const wrong of [undefined, null, 5, {}, { channelId: 'general' }] as never[]) {
    for (const call of [
      () => rest.messages.edit(wrong, 'x'),
      () => rest.messages.delete(wrong),
      () => rest.messages.react(wrong, '+1'),
      () => rest.messages.unreact(wrong, '+1'),
    ]) {
      await expect(call()).rejects.toThrow('[invalid_argument] message must be one that was sent')
    }
  }
  expect(calls()).toBe(0)
})

it('is not made without options', () => {
  for (const wrong of [undefined, null, 5] as never[]) {
    const text = `[invalid_argument] options must be an object, not ${wrong}.`
    expect(() => createRestClient(wrong)).toThrow(text)
  }
})
