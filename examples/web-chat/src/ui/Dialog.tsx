import { type ReactNode, useEffect, useId, useRef } from 'react'
import { Icon } from './icons.tsx'

interface DialogProps {
  readonly title: string
  readonly onClose: () => void
  /** Takes the focus afterwards, where what had it before may be gone. */
  readonly onClosed?: () => void
  readonly children: ReactNode
}

/** A modal dialog: the browser keeps the focus inside, and gives it back when it closes. */
export function Dialog({ title, onClose, onClosed, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  const closed = useRef(onClosed)

  useEffect(() => {
    const { current } = dialog
    const { current: takeFocus } = closed
    const before = document.activeElement
    current?.showModal()
    // who opens a form types into it, and does not want to close it
    current?.querySelector('input')?.focus()
    return () => {
      current?.close()
      if (takeFocus) takeFocus()
      else if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it; this is for the space around it
    <dialog
      ref={dialog}
      className="dialog"
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose()
      }}
    >
      <div className="dialog-body">
        <header>
          <h2 id={id}>{title}</h2>
          <button type="button" className="quiet icon-only" aria-label="Close" onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  )
}
