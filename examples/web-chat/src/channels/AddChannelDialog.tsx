import { type FormEvent, useEffect, useId, useState } from 'react'
import { useSession } from '../session/client.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { errorText } from '../ui/error-text.ts'
import { Icon } from '../ui/icons.tsx'
import type { ListedChannel } from './channel-store.ts'
import { goTo } from './route.ts'
import { useTask } from './use-task.ts'

interface AddChannelDialogProps {
  /** Those that the user is in already. */
  readonly channels: readonly ListedChannel[]
  readonly onClose: () => void
}

interface PublicChannel {
  readonly channelId: string
  readonly name: string
  readonly memberCount: number
}

/** Makes a public channel, or joins one that is there. */
export function AddChannelDialog({ channels, onClose }: AddChannelDialogProps) {
  const { rest, identity } = useSession()
  const { isBusy, problem, run } = useTask()
  const id = useId()

  const open = (channelId: string): void => {
    goTo(channelId)
    onClose()
  }
  const create = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const name = String(new FormData(event.currentTarget).get('name') ?? '').trim()
    if (name === '') return
    run(async () => open((await rest.channels.create(identity.workspaceId, { name })).channelId))
  }
  const join = (channelId: string): void =>
    run(async () => {
      await rest.channels.join(channelId)
      open(channelId)
    })

  return (
    <Dialog title="Add a channel" onClose={onClose}>
      <form className="field-row" onSubmit={create}>
        <label htmlFor={`${id}name`}>Name of a new channel</label>
        <input id={`${id}name`} name="name" required maxLength={80} autoComplete="off" />
        <button type="submit" className="primary" disabled={isBusy}>
          Make it
        </button>
      </form>
      {problem !== undefined && (
        <p className="problem" role="alert">
          <Icon name="warning" /> <span>{problem}</span>
        </p>
      )}
      <h3>Open to everybody</h3>
      <PublicChannels known={new Set(channels.map((one) => one.id))} onJoin={join} onOpen={open} />
    </Dialog>
  )
}

interface PublicChannelsProps {
  readonly known: ReadonlySet<string>
  readonly onJoin: (channelId: string) => void
  readonly onOpen: (channelId: string) => void
}

function PublicChannels({ known, onJoin, onOpen }: PublicChannelsProps) {
  const { rest, identity } = useSession()
  const [found, setFound] = useState<readonly PublicChannel[]>()
  const [problem, setProblem] = useState<string>()

  useEffect(() => {
    const controller = new AbortController()
    const { signal } = controller
    async function read(): Promise<void> {
      const all: PublicChannel[] = []
      for await (const one of rest.channels.listPublic(identity.workspaceId, { signal })) {
        all.push(one)
      }
      if (!signal.aborted) setFound(all)
    }
    read().catch((error: unknown) => {
      if (!signal.aborted) setProblem(errorText(error))
    })
    return () => controller.abort()
  }, [rest, identity])

  if (problem !== undefined) return <p>The list could not be read. {problem}</p>
  if (!found) return <p>Looking…</p>
  return (
    <ul className="choices">
      {found.map(({ channelId, name, memberCount }) => (
        <li key={channelId}>
          <span>
            <strong dir="auto"># {name}</strong>
            <span className="hint">
              {memberCount === 1 ? '1 member' : `${memberCount} members`}
            </span>
          </span>
          {known.has(channelId) ? (
            <button type="button" className="secondary" onClick={() => onOpen(channelId)}>
              Open<span className="visually-hidden"> {name}</span>
            </button>
          ) : (
            <button type="button" className="secondary" onClick={() => onJoin(channelId)}>
              Join<span className="visually-hidden"> {name}</span>
            </button>
          )}
        </li>
      ))}
    </ul>
  )
}
