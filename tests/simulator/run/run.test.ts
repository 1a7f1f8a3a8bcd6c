import { expect, it } from 'vitest'
import type { Plan } from '../plan/steps.js'
import { runPlan } from './run.js'

/** One client, which shows a message that was there before, in a channel where nothing happens. */
const quiet: Omit<Plan, 'steps' | 'endMs'> = {
  seed: 1,
  setting: {
    kind: 'embedded',
    partitions: 1,
    commitLagMs: 0,
    maxBatchRecords: 500,
    maxQueuedRecords: 10_000,
    tokenLifeMs: 3_600_000,
    users: 1,
    tabs: [
      {
        user: 0,
        browser: 0,
        catchUp: 'recent',
        maxRows: 1_000,
        knowsUser: true,
        opens: [0],
        features: [],
        keepsList: true,
      },
    ],
    channels: [{ kind: 'private', members: [0], history: 1 }],
    gateway: {
      tailMaxEvents: 200,
      socketBufferMaxBytes: 1_048_576,
      holdMaxEvents: 256,
      repairMaxEvents: 1_000,
      tailFillEvents: 100,
      headsIntervalMs: 10_000,
      pagesKeptMs: 2_000,
      channelLingerMs: 60_000,
      pullAboveMembers: 0,
      pullAboveEventsPerS: 0,
      headEveryMs: 400,
      pulledTailMaxEvents: 10_000,
    },
  },
}

it('judges who was told nothing yet by what they show when their line does not stand still any more', async () => {
  const { violations } = await runPlan({
    ...quiet,
    steps: [{ do: 'stall', tab: 0, ms: 9_000, atMs: 1_000 }],
    endMs: 1_500,
  })
  expect(violations).toEqual([])
})
