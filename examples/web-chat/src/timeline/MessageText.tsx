import type { LocalMessage, Message } from '@tidings/sdk'
import { useState } from 'react'

const longUnits = 1_200
const longLines = 16

const isLong = (text: string): boolean =>
  text.length > longUnits || text.split('\n', longLines + 1).length > longLines

interface MessageTextProps {
  readonly id: string
  readonly message: Message | LocalMessage
}

/** The text as it was written: its line breaks, and the direction of its own script. */
export function MessageText({ id, message }: MessageTextProps) {
  const [isOpen, setOpen] = useState(false)
  const { text, deleted } = message
  if (deleted) {
    return (
      <p className="text deleted" id={id}>
        This message was deleted.
      </p>
    )
  }
  const folds = isLong(text)
  return (
    <>
      <p className="text" id={id} dir="auto" data-folded={folds && !isOpen}>
        {text}
      </p>
      {folds && (
        <button type="button" className="link unfold" onClick={() => setOpen(!isOpen)}>
          {isOpen ? 'Show less' : 'Show all of it'}
        </button>
      )}
    </>
  )
}
