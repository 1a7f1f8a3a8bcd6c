import type { MembershipCache } from '../ports/membership.js'
import type { Answer, OutboxWanted, PushReceiver } from '../ports/push.js'

/**
 * What a process gets from the push bus: events for its gateway, and answers for whoever waits here.
 * A process without a gateway (api only) has just the answers.
 */
export interface Inbox extends PushReceiver {
  /** Calls back at most once, with the answer for `replyTo`; returns how to stop waiting. */
  expect(replyTo: string, onAnswer: (answer: Answer) => void): () => void
  /** Gives the gateway its part; at most one. */
  attach(gateway: PushReceiver): void
  /** Tells what is told of memberships elsewhere. */
  attachCache(cache: Pick<MembershipCache, 'invalidate'>): void
  /** Tells which entries of the outbox other processes ask for (R15). */
  attachRelay(relay: { wanted(outbox: OutboxWanted): void }): void
}

export function createInbox(): Inbox {
  const waiting = new Map<string, (answer: Answer) => void>()
  let gateway: PushReceiver | undefined
  let cache: Pick<MembershipCache, 'invalidate'> | undefined
  let relay: { wanted(outbox: OutboxWanted): void } | undefined
  return {
    expect(replyTo, onAnswer) {
      waiting.set(replyTo, onAnswer)
      return () => {
        if (waiting.get(replyTo) === onAnswer) waiting.delete(replyTo)
      }
    },
    attach(receiver) {
      gateway = receiver
    },
    attachCache(kept) {
      cache = kept
    },
    attachRelay(elected) {
      relay = elected
    },
    receive(batch) {
      const forGateway: Answer[] = []
      const called: [(answer: Answer) => void, Answer][] = []
      for (const answer of batch.answers) {
        const waiter = waiting.get(answer.origin.replyTo)
        if (waiter === undefined) {
          forGateway.push(answer)
        } else {
          waiting.delete(answer.origin.replyTo)
          called.push([waiter, answer])
        }
      }
      // the events first: who is answered may at once rely on what connections were told
      gateway?.receive({
        channels: batch.channels,
        answers: forGateway,
        ...(batch.ephemeral !== undefined && { ephemeral: batch.ephemeral }),
      })
      for (const [waiter, answer] of called) waiter(answer)
      if (batch.outbox !== undefined) relay?.wanted(batch.outbox)
    },
    async confirmRemoval(removal) {
      await gateway?.confirmRemoval(removal)
    },
    async invalidate(changes) {
      await cache?.invalidate(changes)
    },
    async endSessions(ending) {
      await gateway?.endSessions?.(ending)
    },
  }
}
