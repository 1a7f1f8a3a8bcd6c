import { describe, expect, it } from 'vitest'
import { parseClientFrame, parseServerFrame } from '../src/schemas.js'

const hidden = (channel_seq: number, fields: object = {}) => ({
  type: 'event.hidden',
  channel_id: 'general',
  channel_seq,
  message_count: 1,
  ...fields,
})
const page = (fields: object) =>
  parseServerFrame({
    type: 'message.backfill',
    ref: '1',
    channel_id: 'general',
    from_seq: 11,
    to_seq: 13,
    as_of_seq: 20,
    head_seq: 20,
    oldest_seq: 1,
    messages: [hidden(11), hidden(12), hidden(13)],
    has_more: true,
    ...fields,
  })
const complaint = (fields: object): string => {
  const parsed = page(fields)
  return parsed.ok ? 'valid' : parsed.message
}

describe('a page', () => {
  it('holds ascending events of its channel, inside what it covers', () => {
    expect(complaint({})).toBe('valid')
    for (const messages of [
      [hidden(12), hidden(11)],
      [hidden(11), hidden(11)],
      [hidden(10)],
      [hidden(14)],
      [hidden(11, { channel_id: 'other' })],
    ]) {
      expect(complaint({ messages })).toContain('messages: must be of this channel, ascending')
    }
  })

  it('that covers nothing says so by to_seq just below from_seq', () => {
    const none = { from_seq: 21, to_seq: 20, messages: [], has_more: false }
    expect(complaint(none)).toBe('valid')
    expect(complaint({ ...none, to_seq: 19 })).toContain('to_seq: must be at')
    expect(complaint({ ...none, has_more: true })).toContain('has_more: must be false')
  })

  it('covers nothing above the head that was read before its rows', () => {
    expect(complaint({ as_of_seq: 12 })).toBe('as_of_seq: must be at least to_seq.')
  })

  it('names the epoch of every event where its own is not 1, and only there', () => {
    const one = { from_seq: 11, to_seq: 11 }
    expect(complaint({ ...one, epoch: 2, messages: [hidden(11, { epoch: 1 })] })).toBe('valid')
    expect(complaint({ ...one, epoch: 2, messages: [hidden(11, { epoch: 2 })] })).toBe('valid')
    expect(complaint({ ...one, epoch: 2, messages: [hidden(11)] })).toContain('name their epoch')
    expect(complaint({ ...one, epoch: 2, messages: [hidden(11, { epoch: 3 })] })).not.toBe('valid')
    expect(complaint({ ...one, messages: [hidden(11, { epoch: 2 })] })).not.toBe('valid')
  })

  it('[P-9] carries events of kinds that this version does not know, by their place', () => {
    const poll = hidden(12, { type: 'poll.opened', question: '?' })
    const parsed = page({ messages: [hidden(11), poll, hidden(13)] })
    expect(parsed.ok && parsed.frame).toMatchObject({ messages: [{}, poll, {}] })
    for (const missing of ['channel_id', 'channel_seq', 'message_count']) {
      expect(complaint({ messages: [{ ...poll, [missing]: undefined }] })).not.toBe('valid')
    }
  })

  it('passes no event of a known kind in a form that is not its own', () => {
    const bad = hidden(11, { type: 'message.new' })
    expect(complaint({ messages: [bad] })).toMatch(/^messages\.0\./)
  })
})

describe('a request for a page', () => {
  const request = (fields: object) =>
    parseClientFrame({
      type: 'backfill.request',
      ref: '1',
      channel_id: 'general',
      direction: 'forward',
      limit: 50,
      ...fields,
    })

  it('[P-67] has its bounds in order', () => {
    expect(request({ after_seq: 4, before_seq: 5 }).ok).toBe(true)
    for (const before_seq of [4, 3]) {
      expect(request({ after_seq: 4, before_seq })).toMatchObject({
        code: 'invalid_frame',
        message: 'before_seq: must be above after_seq.',
      })
    }
  })

  it('may leave out either bound, or both', () => {
    for (const bounds of [{}, { after_seq: 0 }, { before_seq: 1 }]) {
      expect(request(bounds).ok).toBe(true)
    }
  })
})
