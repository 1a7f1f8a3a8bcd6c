import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react'
import { Icon } from './icons.tsx'

type Notify = (text: string) => void
const NotifyContext = createContext<Notify>(() => {})

/** Says what went wrong with something that was just asked for. */
export const useNotify = (): Notify => useContext(NotifyContext)

export function NoticeProvider({ children }: { children: ReactNode }) {
  const [text, setText] = useState<string>()
  const notify = useCallback<Notify>((next) => setText(next), [])
  const dismiss = useMemo(() => () => setText(undefined), [])
  return (
    <NotifyContext value={notify}>
      {children}
      <div className="notices" role="alert">
        {text !== undefined && (
          <p className="notice">
            <Icon name="warning" />
            <span>{text}</span>
            <button
              type="button"
              className="quiet icon-only"
              aria-label="Dismiss"
              onClick={dismiss}
            >
              <Icon name="close" />
            </button>
          </p>
        )}
      </div>
    </NotifyContext>
  )
}
