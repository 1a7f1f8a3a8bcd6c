import { type FormEvent, useId, useState } from 'react'
import { useSession } from '../session/client.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { Icon } from '../ui/icons.tsx'
import { moveBetweenChoices, PeopleChoices } from './PeopleChoices.tsx'
import { matching, meant } from './people.ts'
import { goTo } from './route.ts'
import { usePeople } from './use-people.ts'
import { useTask } from './use-task.ts'

/** The one direct conversation with another user, found or made. */
export function AddDirectDialog({ onClose }: { onClose: () => void }) {
  const { rest, identity } = useSession()
  const { isBusy, problem, run } = useTask()
  const people = usePeople()
  const [typed, setTyped] = useState('')
  const id = useId()

  const open = (userId: string): void =>
    run(async () => {
      const channel = await rest.channels.direct(identity.workspaceId, { userId })
      goTo(channel.channelId)
      onClose()
    })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (typed.trim() !== '') open(meant(people.userIds ?? [], typed))
  }

  return (
    <Dialog title="Write to somebody" onClose={onClose}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the arrow keys of what is in it */}
      <div className="choosing" onKeyDown={moveBetweenChoices}>
        <form className="field-row" onSubmit={submit}>
          <label htmlFor={`${id}user`}>Their name</label>
          <input
            id={`${id}user`}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            required
            maxLength={64}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            aria-describedby={`${id}hint`}
          />
          <button type="submit" className="primary" disabled={isBusy}>
            Open
          </button>
        </form>
        <p className="hint" id={`${id}hint`}>
          Choose below, or write it as it stands beside their messages.
        </p>
        {problem !== undefined && (
          <p className="problem" role="alert">
            <Icon name="warning" /> <span>{problem}</span>
          </p>
        )}
        {people.problem !== undefined ? (
          <p>The list could not be read. {people.problem}</p>
        ) : people.userIds?.length === 0 ? (
          <p>Nobody else has been here yet.</p>
        ) : people.userIds ? (
          <PeopleChoices userIds={matching(people.userIds, typed)} onChoose={open} />
        ) : (
          <p>Looking…</p>
        )}
      </div>
    </Dialog>
  )
}
