import { useState } from 'react'
import { errorText } from '../ui/error-text.ts'

/** Something that was asked for, while it is done and when it fails. */
export function useTask() {
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()

  const attempt = async (task: () => Promise<void>): Promise<void> => {
    setBusy(true)
    setProblem(undefined)
    try {
      await task()
    } catch (error) {
      setProblem(errorText(error))
    } finally {
      setBusy(false)
    }
  }
  const run = (task: () => Promise<void>): void => {
    if (!isBusy) void attempt(task)
  }
  return { isBusy, problem, run }
}
