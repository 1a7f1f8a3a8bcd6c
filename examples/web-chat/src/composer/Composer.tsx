import type { Channel } from '@tidings/sdk'
import { type FormEvent, useEffect, useId, useRef, useState } from 'react'
import { useSession } from '../session/client.ts'
import { tab } from '../session/kept.ts'
import { excerpt } from '../timeline/Quote.tsx'
import { errorText } from '../ui/error-text.ts'
import { Icon } from '../ui/icons.tsx'
import { useNotify } from '../ui/Notice.tsx'
import { problemWith, roomLeft } from './limits.ts'
import { useReply } from './reply.tsx'
import { TextArea } from './TextArea.tsx'

interface ComposerProps {
  readonly channel: Channel
  readonly title: string
}

/** Where a message is written. What is not sent yet outlives a reload. */
export function Composer({ channel, title }: ComposerProps) {
  const { client } = useSession()
  const notify = useNotify()
  const id = useId()
  const area = useRef<HTMLTextAreaElement>(null)
  const draftKey = `draft:${channel.id}`
  const [text, setText] = useState(() => tab.get<string>(draftKey) ?? '')
  const { reply, setReply } = useReply()
  const problem = problemWith(text)
  const typing = client.typing.in(channel.id)

  useEffect(() => typing.stop, [typing])
  useEffect(() => area.current?.focus(), [])
  useEffect(() => {
    if (reply) area.current?.focus()
  }, [reply])

  function write(next: string): void {
    setText(next)
    tab.set(draftKey, next)
    if (next.trim() === '') typing.stop()
    else typing.start()
  }

  function send(event?: FormEvent): void {
    event?.preventDefault()
    area.current?.focus()
    if (problem !== undefined || text.trim() === '') return
    const sending = channel.send({ text, replyTo: reply })
    write('')
    setReply(undefined)
    sending.catch((error: unknown) => {
      // What the outbox has taken shows its own end in the timeline; this is what it did not take.
      const isKept = client.outbox.list().some((item) => item.clientMsgId === sending.clientMsgId)
      if (isKept || wasDiscarded(error)) return
      notify(errorText(error))
      setText((now) => (now === '' ? text : now))
    })
  }

  return (
    <form className="composer" id="composer" onSubmit={send}>
      {reply && (
        <p className="replying">
          <Icon name="reply" />
          <span>
            Reply to{' '}
            <strong>
              <bdi>{reply.userId}</bdi>
            </strong>
            : <bdi>{excerpt(reply.text)}</bdi>
          </span>
          <button
            type="button"
            className="quiet icon-only"
            aria-label="Do not reply"
            onClick={() => {
              setReply(undefined)
              area.current?.focus()
            }}
          >
            <Icon name="close" />
          </button>
        </p>
      )}
      <div className="composer-field">
        <TextArea
          ref={area}
          label={`Message to ${title}`}
          placeholder={`Write to ${title}`}
          value={text}
          onChange={write}
          onEnter={send}
          describedBy={`${id}hint`}
          isInvalid={problem !== undefined}
        />
        <button type="submit" className="primary icon-only" aria-label="Send" title="Send">
          <Icon name="send" />
        </button>
      </div>
      <p className="hint" id={`${id}hint`} data-problem={problem !== undefined}>
        {problem ?? roomLeft(text) ?? 'Enter sends, Shift and Enter break the line.'}
      </p>
    </form>
  )
}

const wasDiscarded = (error: unknown): boolean =>
  (error as { code?: string }).code === 'aborted' || (error as { code?: string }).code === 'closed'
