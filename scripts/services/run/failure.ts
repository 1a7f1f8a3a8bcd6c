import { setTimeout as delay } from 'node:timers/promises'

const tailLines = 30

/** A service that did not come up, or that could not be had at all; the message says which and why. */
export class ServiceFailed extends Error {
  override readonly name = 'ServiceFailed'

  constructor(
    readonly service: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`${service}: ${reason}`, options)
  }
}

/** The failure of a service that has a log: it shows the end of it, because the log goes away. */
export function failedWithLog(service: string, reason: string, log: string): ServiceFailed {
  const end = log.trimEnd().split('\n').slice(-tailLines).join('\n').replace(/^/gm, '    ')
  const shown = end.trim() ? `The end of its log:\n${end}` : 'It wrote no log.'
  return new ServiceFailed(service, `${reason} ${shown}`)
}

const pollMs = 50

/** Waits for a condition; a throw of it means not yet. Fails in the name of the service. */
export async function until(
  service: string,
  otherwise: string,
  withinMs: number,
  condition: () => Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!(await condition().catch(() => false))) {
    if (performance.now() > deadline) {
      throw new ServiceFailed(service, `${otherwise} within ${withinMs / 1000} s.`)
    }
    await delay(pollMs)
  }
}
