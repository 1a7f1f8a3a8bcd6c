import type { Message } from '@tidings/sdk'
import { Dialog } from '../ui/Dialog.tsx'
import { excerpt } from './Quote.tsx'

interface ConfirmDeleteProps {
  readonly message: Message
  readonly onDelete: () => void
  readonly onClose: () => void
  readonly onClosed: () => void
}

export function ConfirmDelete({ message, onDelete, onClose, onClosed }: ConfirmDeleteProps) {
  return (
    <Dialog title="Delete this message?" onClose={onClose} onClosed={onClosed}>
      <blockquote className="excerpt" dir="auto">
        {excerpt(message.text)}
      </blockquote>
      <p>It goes away for everybody, and cannot be brought back.</p>
      <div className="dialog-actions">
        <button type="button" className="secondary" onClick={onClose}>
          Keep it
        </button>
        <button
          type="button"
          className="danger"
          onClick={() => {
            onClose()
            onDelete()
          }}
        >
          Delete
        </button>
      </div>
    </Dialog>
  )
}
