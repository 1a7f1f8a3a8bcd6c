import type { TidingsError } from '@tidings/sdk'
import { useEffect, useRef } from 'react'
import { JoinAgain } from '../network/NetworkSwitch.tsx'
import { errorText } from '../ui/error-text.ts'

interface EndedProps {
  readonly reason: TidingsError | undefined
  readonly onLeave: () => void
}

/** The server will not have this user any more: why, and the way back in. */
export function Ended({ reason, onLeave }: EndedProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <main className="login">
      <img className="login-mark" src="/icon.svg" alt="" width="56" height="56" />
      <h1 ref={heading} tabIndex={-1}>
        You are out
      </h1>
      <p className="login-lead">{reason ? errorText(reason) : 'The connection was closed.'}</p>
      <p className="hint">What you wrote and was not sent is kept in this browser.</p>
      <JoinAgain />
      <div className="login-actions">
        <button type="button" className="primary" onClick={() => location.reload()}>
          Try again
        </button>
        <button type="button" className="secondary" onClick={onLeave}>
          Come in with another name
        </button>
      </div>
    </main>
  )
}
