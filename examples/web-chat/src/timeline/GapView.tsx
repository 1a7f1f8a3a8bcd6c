import type { Gap } from '@tidings/sdk'
import { useState } from 'react'
import { errorText } from '../ui/error-text.ts'

const reasons: Readonly<Record<Gap['reason'], string>> = {
  skipped: 'Some messages between are not loaded yet.',
  expired: 'Older messages are no longer kept here.',
  not_visible: 'What was said here was not shown to you.',
}

/** Numbers without messages: said openly, and filled where that is possible. */
export function GapView({ gap }: { gap: Gap }) {
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()

  async function fill(): Promise<void> {
    setBusy(true)
    setProblem(undefined)
    try {
      await gap.fill()
    } catch (error) {
      setProblem(errorText(error))
    } finally {
      setBusy(false)
    }
  }

  return (
    <li className="gap">
      <span>{problem ?? reasons[gap.reason]}</span>
      {gap.reason === 'skipped' && (
        <button type="button" className="link" disabled={isBusy} onClick={() => void fill()}>
          {isBusy ? 'Loading…' : 'Load them'}
        </button>
      )}
    </li>
  )
}
