import { TidingsError } from '@tidings/sdk'

/** What went wrong, for a person: the message without its code, and what to do about it. */
export function errorText(error: unknown): string {
  if (error instanceof TidingsError) {
    return `${error.message.replace(/^\[[^\]]*\] /, '')} ${error.remediation}`.trim()
  }
  return error instanceof Error ? error.message : String(error)
}
