import type { Channel, Message } from '@tidings/sdk'
import { useEffect, useState } from 'react'
import { excerpt } from './Quote.tsx'

const gatherMs = 1_500

interface Announcement {
  /** Which one it is: the same words a second time are news too. */
  readonly count: number
  readonly text: string
}

/**
 * What a screen reader is told of new messages: one by its text, several by their number, and
 * nothing while the channel catches up. Never more than once in a while.
 */
export function useAnnouncer(channel: Channel, userId: string): Announcement {
  const [said, setSaid] = useState<Announcement>({ count: 0, text: '' })
  useEffect(() => {
    let heard: Message[] = []
    let timer: ReturnType<typeof setTimeout> | undefined
    const say = (): void => {
      timer = undefined
      const [first] = heard
      const text =
        first && heard.length === 1
          ? `${first.userId}: ${excerpt(first.text)}`
          : `${heard.length} new messages`
      setSaid(({ count }) => ({ count: count + 1, text }))
      heard = []
    }
    const off = channel.on('message', (message) => {
      if (message.userId === userId || channel.state !== 'live') return
      heard.push(message)
      timer ??= setTimeout(say, gatherMs)
    })
    return () => {
      off()
      clearTimeout(timer)
    }
  }, [channel, userId])
  return said
}
