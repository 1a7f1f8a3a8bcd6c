import type { KnownHead, KnownHeads } from '../../ports/known-heads.js'
import type { RedisConnection } from './connection.js'
import type { Script } from './script.js'

export interface RedisKnownHeadsOptions {
  /** A head that nobody raises is forgotten after this; the store is asked then, and it is raised again. @default 3,600,000 */
  readonly keepMs?: number
}

/** KEYS: head of a channel. ARGV: epoch, number, oldest number, how long it is kept. Only the highest stays. */
const RAISE: Script = {
  name: 'tidingsRaiseHead',
  keys: 1,
  lua: `
local epoch, seq, oldest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local e, s, o = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) (%d+) (%d+)$')
if e then
  e, s = tonumber(e), tonumber(s)
  if e > epoch or (e == epoch and s > seq) then epoch, seq = e, s end
  oldest = math.max(oldest, tonumber(o))
end
redis.call('SET', KEYS[1], string.format('%.0f %.0f %.0f', epoch, seq, oldest), 'PX', ARGV[4])
return 1
`,
}

export const KNOWN_HEADS_SCRIPTS: readonly Script[] = [RAISE]

/** A key for each channel: one command for each channel of a batch, and one for each channel that is compared. */
export function createRedisKnownHeads(
  redis: RedisConnection,
  { keepMs = 3_600_000 }: RedisKnownHeadsOptions = {},
): KnownHeads {
  const keyOf = (channelId: string) => redis.keys.of('head', channelId)
  return {
    async raise(heads) {
      await Promise.all(
        heads.map(({ channelId, epoch, headSeq, oldestSeq }) =>
          redis.run(RAISE, [keyOf(channelId)], [epoch, headSeq, oldestSeq, keepMs]),
        ),
      )
    },
    read: (channelIds) =>
      Promise.all(
        channelIds.map(async (channelId) =>
          parse(channelId, await redis.ask((client) => client.get(keyOf(channelId)))),
        ),
      ),
  }
}

function parse(channelId: string, text: string | null): KnownHead | undefined {
  const match = /^(\d+) (\d+) (\d+)$/.exec(text ?? '')
  if (match === null) return undefined
  const [epoch = 1, headSeq = 0, oldestSeq = 1] = match.slice(1).map(Number)
  return { channelId, epoch, headSeq, oldestSeq }
}
