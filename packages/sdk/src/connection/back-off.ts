/** The window of the first retry, in milliseconds; it doubles with each attempt. */
export const BACK_OFF_BASE_MS = 1_000
/** The widest window, in milliseconds. */
export const BACK_OFF_MAX_MS = 30_000
/** The attempt from which on the window is the widest. */
export const BACK_OFF_LAST_ATTEMPT = 5

/**
 * How long to wait before attempt number `attempt` (from 0) is repeated, in milliseconds: full
 * jitter from the first retry on, so that clients who lost one server do not arrive at the next
 * together, added to what the server asked for.
 */
export function backOffMs(attempt: number, chance: number, retryAfterMs = 0): number {
  return retryAfterMs + chance * Math.min(BACK_OFF_MAX_MS, BACK_OFF_BASE_MS * 2 ** attempt)
}

/** The attempt of a connection from which on its window is the widest. */
export const RECONNECT_LAST_ATTEMPT = BACK_OFF_LAST_ATTEMPT + 1

/** As `backOffMs`, of a connection: half as long, for where one server is lost most often another answers. */
export const reconnectMs = (attempt: number, chance: number, retryAfterMs?: number): number =>
  backOffMs(attempt - 1, chance, retryAfterMs)
