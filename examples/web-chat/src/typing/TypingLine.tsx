import type { Channel } from '@tidings/sdk'
import { useSyncExternalStore } from 'react'
import { useSession } from '../session/client.ts'
import { typingWords } from './words.ts'

/** Who is typing. Its room is kept free, so that nothing moves when somebody begins. */
export function TypingLine({ channel }: { channel: Channel }) {
  const typing = useSession().client.typing.in(channel.id)
  const userIds = useSyncExternalStore(typing.subscribe, typing.getSnapshot)
  const words = typingWords(userIds)
  return (
    <p className="typing" role="status">
      {words !== '' && (
        <>
          <span className="typing-dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          <span>{words}</span>
        </>
      )}
    </p>
  )
}
