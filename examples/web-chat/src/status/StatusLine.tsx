import { useEffect, useState } from 'react'
import { useSession } from '../session/client.ts'
import type { Words } from './words.ts'

const settledAfterMs = 1_000

/** Dot and words. Read out only when they have stood for a moment: a reconnect is no news. */
export function StatusLine({ words }: { words: Words }) {
  const { client } = useSession()
  const [said, setSaid] = useState('')
  const { text, tone } = words
  useEffect(() => {
    const timer = setTimeout(() => setSaid(text), settledAfterMs)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <p className="status" data-tone={tone}>
      <span className="status-dot" aria-hidden="true" />
      <span className="status-text">{text}</span>
      {words.canTry && (
        <button type="button" className="link" onClick={() => client.connect()}>
          Try now
        </button>
      )}
      <span className="visually-hidden" role="status">
        {said}
      </span>
    </p>
  )
}
