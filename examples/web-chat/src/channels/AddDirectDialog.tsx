import { type FormEvent, useId } from 'react'
import { useSession } from '../session/client.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { Icon } from '../ui/icons.tsx'
import { goTo } from './route.ts'
import { useTask } from './use-task.ts'

/** The one direct conversation with another user, found or made. */
export function AddDirectDialog({ onClose }: { onClose: () => void }) {
  const { rest, identity } = useSession()
  const { isBusy, problem, run } = useTask()
  const id = useId()

  function open(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault()
    const userId = String(new FormData(event.currentTarget).get('user') ?? '').trim()
    if (userId === '') return
    run(async () => {
      const channel = await rest.channels.direct(identity.workspaceId, {
        userId: userId.toLowerCase(),
      })
      goTo(channel.channelId)
      onClose()
    })
  }

  return (
    <Dialog title="Write to somebody" onClose={onClose}>
      <form className="field-row" onSubmit={open}>
        <label htmlFor={`${id}user`}>Their name</label>
        <input
          id={`${id}user`}
          name="user"
          required
          maxLength={64}
          autoComplete="off"
          autoCapitalize="off"
          aria-describedby={`${id}hint`}
        />
        <button type="submit" className="primary" disabled={isBusy}>
          Open
        </button>
      </form>
      <p className="hint" id={`${id}hint`}>
        As it stands beside their messages. They have to have been here once.
      </p>
      {problem !== undefined && (
        <p className="problem" role="alert">
          <Icon name="warning" /> <span>{problem}</span>
        </p>
      )}
    </Dialog>
  )
}
