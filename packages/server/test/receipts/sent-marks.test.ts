import { expect, it } from 'vitest'
import { createMemoryReceipts } from '../../src/adapters/memory/receipts.js'
import { createSentMarks } from '../../src/receipts/sent-marks.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'

const sentBy = (user_id: string, channel_seq: number) => ({
  type: 'message.new' as const,
  channel_id: 'c1',
  channel_seq,
  message_count: channel_seq,
  user_id,
  client_msg_id: `m${channel_seq}`,
  ts: 1,
  message_id: `${channel_seq}`,
  text: 'hello',
})

it('[P-93] I7: what senders have read waits within a bound, and what is left out is counted, and comes with their next', async () => {
  const environment = createVirtualEnvironment()
  const receipts = createMemoryReceipts()
  let shed = 0
  const marks = createSentMarks({ environment, receipts, maxWaiting: 2, onShed: () => shed++ })
  marks.stored([sentBy('a', 1), sentBy('b', 2), sentBy('c', 3), sentBy('a', 4)])
  expect(shed).toBe(1)
  await environment.advance(1_000)
  const readOf = async (userId: string) => (await receipts.ofUser(userId))[0]?.read?.seq
  expect(await Promise.all(['a', 'b', 'c'].map(readOf))).toEqual([4, 2, undefined])
  marks.stored([sentBy('c', 5)])
  await environment.advance(1_000)
  expect(await readOf('c')).toBe(5)
  await marks.close()
  expect([shed, environment.timers]).toEqual([1, 0])
})
