import { invalidArgument, TidingsError } from '../errors.js'
import type { TokenReason } from './states.js'

export interface TokenRequest {
  /** Why a token is needed now. */
  readonly reason: TokenReason
  /** Aborted when the answer is no longer needed. */
  readonly signal: AbortSignal
}

/**
 * Gives a token for the user. Asked only when one is needed. What it throws is retried with
 * back-off, unless it is an error made by `stop()`.
 */
export type GetToken = (request: TokenRequest) => string | Promise<string>

/** Asks once; after the returned clean-up neither callback is called. */
export function askToken(
  getToken: GetToken,
  reason: TokenReason,
  done: (token: string) => void,
  failed: (error: TidingsError) => void,
): () => void {
  const controller = new AbortController()
  const { signal } = controller
  const ask = async (): Promise<void> => {
    try {
      const token: unknown = await getToken({ reason, signal })
      if (signal.aborted) return
      if (typeof token === 'string' && token !== '') done(token)
      else failed(invalidArgument('getToken must return a string that is not empty.'))
    } catch (error) {
      if (!signal.aborted) failed(TidingsError.from(error, 'unavailable'))
    }
  }
  void ask()
  return () => controller.abort()
}
