import type { Channel, Message } from '@tidings/sdk'
import { vi } from 'vitest'

/** What one device was shown of one channel, in order. */
export interface Shown {
  readonly messages: Message[]
  readonly texts: () => string[]
  readonly gaps: { readonly from: number; readonly to: number; readonly reason: string }[]
  readonly resets: { readonly epoch: number; readonly fromSeq: number }[]
  readonly syncs: string[]
}

/** Opens a channel and notes all that it says. */
export function watch(channel: Channel): Shown {
  const messages: Message[] = []
  const gaps: Shown['gaps'] = []
  const resets: Shown['resets'] = []
  const syncs: string[] = []
  channel.on('message', (message) => messages.push(message))
  channel.on('gap', ({ fromSeq, toSeq, reason }) => gaps.push({ from: fromSeq, to: toSeq, reason }))
  channel.on('reset', ({ epoch, fromSeq }) => resets.push({ epoch, fromSeq }))
  channel.on('sync', ({ state }) => syncs.push(state))
  return { messages, texts: () => messages.map(({ text }) => text), gaps, resets, syncs }
}

/** Resolves when it holds; rejects with what it last found. */
export const eventually = (holds: () => unknown): Promise<unknown> =>
  vi.waitFor(holds, { timeout: 60_000, interval: 10 })

/** The messages of a timeline as a person reads them. */
export const readable = (channel: Channel): string[] =>
  channel.timeline.getSnapshot().items.map((item) => {
    if (item.kind !== 'message') return `(${item.kind})`
    const reactions = item.reactions.map(({ emoji, count }) => `${emoji}${count}`).join(' ')
    const words = item.deleted ? '(deleted)' : item.text
    const edited = 'editedSeq' in item && item.editedSeq !== undefined ? ' (edited)' : ''
    return `${item.userId}: ${words}${edited}${reactions ? ` [${reactions}]` : ''}`
  })
