import { TidingsError } from '@tidings/sdk'

const silent = 'The server does not answer. Try again in a moment.'
const tooMuch = 'That was too much at once. Try again in a moment.'

/** Where the SDK's own words are for whoever writes a chat, and not for whoever reads one. */
const inPlainWords: Readonly<Record<string, string>> = {
  unavailable: silent,
  timeout: silent,
  internal: 'Something broke on the server. Try again in a moment.',
  rate_limited: tooMuch,
  too_many_connections: tooMuch,
  send_too_old: 'This was tried too long ago. Look whether it arrived before you write it again.',
  outbox_full: 'Too much waits to be sent. Wait until it is, or discard some of it.',
}

/** What went wrong, for a person: without codes and the ids of requests. */
export function errorText(error: unknown): string {
  if (error instanceof TidingsError) {
    const { code, message } = error
    return (
      inPlainWords[code] ?? message.replace(/^\[[^\]]*\] /, '').replace(/ \(request [^)]*\)$/, '')
    )
  }
  return error instanceof Error ? error.message : String(error)
}
