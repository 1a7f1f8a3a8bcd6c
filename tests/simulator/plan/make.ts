import { Random } from '../world/random.js'
import { besideStep } from './beside.js'
import { madeChannel } from './made-channel.js'
import { adminStep, clientStep } from './operations.js'
import { pageFault } from './page-faults.js'
import { lastPushLost, scenario } from './scenarios.js'
import { serverFault } from './server-faults.js'
import { makeSetting } from './setting.js'
import type { Action, Plan, Step } from './steps.js'

/** What one run does: never less than the project asks for. */
const CLIENT_STEPS = 300
/** Most of what is done beside messages; of clients without features nothing comes. */
const BESIDE_STEPS = 60
const SPAN_MS = 75_000
/** Nothing befalls a world before its clients are there. */
const QUIET_MS = 1_000
const LAST_AFTER_MS = 600
/** The part of a world's time in which its later channels are made: what comes of them needs some, too. */
const MADE_IN = 0.9

/** Everything that happens in the world of a seed, decided before it begins. */
export function makePlan(seed: number): Plan {
  const random = new Random(seed, 'plan')
  const lists = new Random(seed, 'lists')
  const setting = makeSetting(random, lists)
  const steps: Step[] = []
  const at = (atMs: number, action: Action): void => {
    steps.push({ ...action, atMs: Math.round(atMs) })
  }
  const anywhere = (): number => QUIET_MS + random.next() * SPAN_MS

  // people write in bursts: some of what is sent comes within a moment
  for (let i = 0; i < CLIENT_STEPS; ) {
    const burst = random.chance(0.2) ? Math.min(random.int(2, 12), CLIENT_STEPS - i) : 1
    const atMs = anywhere()
    for (let j = 0; j < burst; j++, i++)
      at(atMs + j * random.int(0, 20), clientStep(random, setting, i))
  }
  for (let i = 0; i < BESIDE_STEPS; i++) {
    const atMs = anywhere()
    const step = besideStep(random, setting)
    if (step === undefined) continue
    at(atMs, step)
    // somebody comes by: begins to look, and ceases before there is an answer
    if (step.do === 'watch' && random.chance(0.3)) at(atMs + random.int(0, 30), step)
  }
  for (let i = random.int(3, 10); i > 0; i--) at(anywhere(), adminStep(random, i))
  for (let i = random.int(6, 16); i > 0; i--) at(anywhere(), pageFault(random, setting))
  for (let i = random.int(6, 16); i > 0; i--) at(anywhere(), serverFault(random, setting))
  for (let i = random.int(1, 4); i > 0; i--) {
    const atMs = anywhere()
    for (const [afterMs, action] of scenario(random, setting, i)) at(atMs + afterMs, action)
  }
  for (const [channel, { isMade }] of setting.channels.entries()) {
    if (isMade !== true) continue
    const atMs = QUIET_MS + lists.next() * SPAN_MS * MADE_IN
    for (const [afterMs, action] of madeChannel(lists, setting, channel)) at(atMs + afterMs, action)
  }
  if (random.chance(0.3)) {
    for (const [afterMs, action] of lastPushLost(random, setting)) {
      at(QUIET_MS + SPAN_MS + LAST_AFTER_MS + afterMs, action)
    }
  }
  steps.sort((a, b) => a.atMs - b.atMs)
  return { seed, setting, steps, endMs: QUIET_MS + SPAN_MS + 1_000 }
}
