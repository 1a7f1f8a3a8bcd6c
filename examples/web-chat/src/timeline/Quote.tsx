import type { Channel, Message } from '@tidings/sdk'
import { useSession } from '../session/client.ts'

interface QuoteProps {
  readonly replyTo: NonNullable<Message['replyTo']>
  readonly channel: Channel
}

/** The message that another one answers, as far as it is loaded. */
export function Quote({ replyTo, channel }: QuoteProps) {
  const { userId: me } = useSession().identity
  const answered = channel.timeline
    .getSnapshot()
    .items.find((item) => item.kind === 'message' && item.messageId === replyTo.messageId)
  if (answered?.kind !== 'message') return <p className="quote">An earlier message</p>
  return (
    <p className="quote">
      <strong>
        <bdi>{answered.userId === me ? 'You' : answered.userId}</bdi>
      </strong>{' '}
      <span dir="auto">
        {answered.deleted ? 'This message was deleted.' : excerpt(answered.text)}
      </span>
    </p>
  )
}

const excerptUnits = 140

/** The beginning of a text, never cut inside what a reader sees as one character. */
export function excerpt(text: string): string {
  if (text.length <= excerptUnits) return text
  let shown = ''
  for (const { segment } of new Intl.Segmenter().segment(text.slice(0, excerptUnits * 2))) {
    if (shown.length + segment.length > excerptUnits) break
    shown += segment
  }
  return `${shown}…`
}
