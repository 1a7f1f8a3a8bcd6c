import type { Channel, Message } from '@tidings/sdk'
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import { problemWith } from '../composer/limits.ts'
import { TextArea } from '../composer/TextArea.tsx'

interface MessageEditorProps {
  readonly message: Message
  readonly channel: Channel
  readonly onEnd: () => void
}

/** A message while its author writes it anew. */
export function MessageEditor({ message, channel, onEnd }: MessageEditorProps) {
  const [text, setText] = useState(message.text)
  const problem = problemWith(text)
  const id = useId()
  const editor = useRef<HTMLDivElement>(null)

  // What is pasted moves why it cannot be saved, and the buttons, far down.
  // biome-ignore lint/correctness/useExhaustiveDependencies: its height follows its text
  useEffect(() => {
    editor.current?.scrollIntoView({ block: 'nearest' })
  }, [text])

  function save(): void {
    if (problem !== undefined || text.trim() === '') return
    if (text !== message.text) void channel.edit(message, text)
    onEnd()
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return
    event.stopPropagation()
    onEnd()
  }

  return (
    <div className="editor" ref={editor}>
      <TextArea
        label="Edit your message"
        value={text}
        onChange={setText}
        onEnter={save}
        onKeyDown={onKeyDown}
        isFocused
        describedBy={`${id}problem`}
        isInvalid={problem !== undefined}
      />
      <p className="editor-problem" id={`${id}problem`} role="alert">
        {problem}
      </p>
      <div className="editor-actions">
        <button type="button" className="link" onClick={save}>
          Save
        </button>
        <button type="button" className="link" onClick={onEnd}>
          Cancel
        </button>
        <span className="hint">Escape leaves it as it was</span>
      </div>
    </div>
  )
}
