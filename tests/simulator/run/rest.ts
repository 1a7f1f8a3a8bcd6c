import { checkBeside, checkTyping, type Rest } from '../check/beside.js'
import type { FeatureName } from '../plan/steps.js'
import type { Life } from '../world/life.js'
import type { Line } from '../world/line.js'
import { adminAction } from './actions/admin.js'
import { userName } from './names.js'
import type { World } from './world.js'

/** Notes of a process that died count until then, and their end is told a round later. */
const NOTES_ENDED_MS = 55_000
/** So long who is gone may be told as there: a grace, and a round. */
const GONE_MS = 12_000
/** Until a message is everywhere, also where it is pulled. */
const TOLD_MS = 6_000
const READ_MS = 4_000
const TYPING_TOLD_MS = 500
/** Not all in one moment: what comes together may be left out for a reader with a small buffer. */
const APART_MS = 30

/** Tokens that last a while expire also when nothing is wrong: so often it is waited until nobody connects anew. */
const QUIET_TRIES_MAX = 5

const WATCHED: readonly FeatureName[] = ['presence', 'typing', 'receipts']

/**
 * What is beside messages is told at best, and said again by something later. So, when all is healed, something
 * later happens: everybody looks anew, most read, those who can type, and one user goes. Then it agrees everywhere.
 */
export async function restBeside(world: World): Promise<void> {
  const { scheduler, setting, plan, coverage } = world
  if (setting.tabs.every(({ features }) => features.length === 0)) return
  const pass = (ms: number): Promise<boolean> => scheduler.run(scheduler.nowMs + ms)
  const lives = world.tabs.flatMap((tab) => world.alive(tab) ?? [])
  await pass(setting.kind === 'embedded' ? GONE_MS : NOTES_ENDED_MS)
  for (const life of lives) lookAnew(life)
  for (const channel of setting.channels.keys()) {
    adminAction(world, { do: 'send_as', user: 0, channel, text: `the very last of ${channel}` })
  }
  await pass(TOLD_MS)
  const { receipt_shed: shedBefore } = coverage.counts
  const rest: Rest = { lives, read: new Map(), typing: new Map(), isShed: false }
  // what cannot be stored at once is stored a moment later
  world.receipts.failNext('receipts_refused', 2)
  for (const life of lives) {
    if (readAll(world, life, rest)) await pass(APART_MS)
  }
  await pass(READ_MS)
  const before = linesOf(world, lives)
  for (const life of lives) {
    const { typing } = life.client
    for (const channelId of typing === undefined ? [] : openIn(life)) {
      typing?.in(channelId).start()
      const typists = rest.typing.get(channelId) ?? new Set()
      rest.typing.set(channelId, typists.add(life.userId))
      await pass(APART_MS)
    }
  }
  await pass(TYPING_TOLD_MS)
  // who has to connect anew just then hears of it, or is heard, a while later
  if (isSame(before, linesOf(world, lives))) await checkTyping(world, rest)
  const gone = userName(2 + (plan.seed % 4))
  for (const tab of world.tabs) if (tab.userId === gone) world.kill(tab)
  const stay = lives.filter(({ userId }) => userId !== gone)
  for (let i = 0; i < QUIET_TRIES_MAX; i++) {
    const lines = linesOf(world, stay)
    await pass(GONE_MS)
    if (isSame(lines, linesOf(world, stay))) break
  }
  const isShed = coverage.counts.receipt_shed !== shedBefore
  await checkBeside(world, { ...rest, lives: stay, isShed })
}

/** Also where the line is just being made anew: what was asked for is asked for again then. */
function lookAnew(life: Life): void {
  for (const [channelId, { isOpen }] of life.told) {
    if (!isOpen || life.channel(channelId).state === 'removed') continue
    life.watching.end(channelId, 'presence')
    for (const what of WATCHED) life.watching.begin(channelId, what)
  }
}

/** One client of most users reads to the end; of the others what they had read before must stand. */
function readAll(world: World, life: Life, { read }: Rest): boolean {
  const { userId, client } = life
  if (client.receipts === undefined) return false
  const isReader = (Number(userId.slice(1)) + world.plan.seed) % 3 !== 0
  if (!isReader) return false
  for (const channelId of openIn(life)) {
    const message = life.known.get(channelId)?.findLast((one) => one.messageCount !== undefined)
    const key = `${userId} ${channelId}`
    if (message === undefined || read.has(key)) continue
    read.set(key, message.channelSeq)
    client.receipts.in(channelId).read(message)
  }
  return true
}

const linesOf = (world: World, lives: readonly Life[]): readonly (Line | undefined)[] =>
  lives.map(({ page }) => world.lines.of(page))

const isSame = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.every((one, i) => one !== undefined && one === b[i])

/** The channels that a client listens to, and is in. */
const openIn = (life: Life): readonly string[] =>
  [...life.told].flatMap(([channelId, { isOpen }]) =>
    isOpen && life.channel(channelId).state === 'live' ? [channelId] : [],
  )
