import type { UserPresence } from '@tidings/sdk/presence'

/** A dot whose shape says it too, for who does not tell its colours apart. Words stand beside it. */
export function PresenceDot({ status }: { status: UserPresence['status'] | undefined }) {
  return status ? <span className="presence" data-status={status} aria-hidden="true" /> : null
}
