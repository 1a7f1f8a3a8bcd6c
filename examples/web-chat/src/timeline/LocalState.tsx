import type { LocalMessage, Message } from '@tidings/sdk'
import { useSession } from '../session/client.ts'
import { errorText } from '../ui/error-text.ts'
import { Icon } from '../ui/icons.tsx'

/** What is to say of a message beside its text: on its way, refused, changed. */
export function LocalState({ message }: { message: Message | LocalMessage }) {
  if (message.status !== 'sent') {
    return message.status === 'failed' ? (
      <Failed message={message} />
    ) : (
      <p className="state late">
        <Icon name="clock" /> Waiting to be sent
      </p>
    )
  }
  if (message.changing) {
    return (
      <p className="state late">
        <Icon name="clock" /> Change waiting to be sent
      </p>
    )
  }
  return message.editedSeq !== undefined && !message.deleted ? (
    <p className="state">edited</p>
  ) : null
}

function Failed({ message: { clientMsgId, error } }: { message: LocalMessage }) {
  const { outbox } = useSession().client
  return (
    <div className="state failed">
      <p>
        <Icon name="warning" /> Not sent. {error && errorText(error)}
      </p>
      <button
        type="button"
        className="link"
        onClick={() => void outbox.retry(clientMsgId).catch(() => {})}
      >
        Try again
      </button>
      <button type="button" className="link" onClick={() => outbox.discard(clientMsgId)}>
        Discard
      </button>
    </div>
  )
}
