import type { Channel, Message } from '@tidings/sdk'
import { useEffect, useState } from 'react'
import { excerpt } from './Quote.tsx'

const gatherMs = 1_500

/**
 * What a screen reader is told of new messages: one by its text, several by their number, and
 * nothing while the channel catches up. Never more than once in a while.
 */
export function useAnnouncer(channel: Channel, userId: string): string {
  const [said, setSaid] = useState('')
  useEffect(() => {
    let heard: Message[] = []
    let timer: ReturnType<typeof setTimeout> | undefined
    const say = (): void => {
      timer = undefined
      const [first] = heard
      if (first && heard.length === 1) setSaid(`${first.userId}: ${excerpt(first.text)}`)
      else setSaid(`${heard.length} new messages`)
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
