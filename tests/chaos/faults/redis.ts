import { once } from 'node:events'
import { connect } from 'node:net'
import { by } from '../wait.js'
import { both, type Fault, type Stage } from './fault.js'

const AWAY_MS = 8_000
/** Routes are asserted again within 10 s. */
const AFTER_FLUSH_MS = 12_000
const ANSWER_MS = 5_000
const NOT_AT_ALL = both(0)

const redisOf = ({ system }: Stage) => {
  const [node] = system.services.redis.nodes
  if (node === undefined) throw new Error('Redis was not started here.')
  return node
}

export const redisFaults: readonly Fault[] = [
  {
    name: 'redis-killed',
    title: 'Redis is killed, and 8 s later started without its data',
    goals: NOT_AT_ALL,
    async run(stage) {
      const redis = redisOf(stage)
      stage.tell(`kill ${redis.name}`)
      await redis.kill()
      await stage.hold(AWAY_MS)
      stage.tell(`start ${redis.name}`)
      await redis.start()
      await stage.hold(AFTER_FLUSH_MS)
    },
  },
  {
    name: 'redis-restarted',
    title: 'Redis is killed and started again at once, without its data',
    goals: NOT_AT_ALL,
    async run(stage) {
      const redis = redisOf(stage)
      stage.tell(`restart ${redis.name}`)
      await redis.kill()
      await redis.start()
      await stage.hold(AFTER_FLUSH_MS)
    },
  },
  {
    name: 'redis-flushed',
    title: 'Redis loses all its data',
    goals: NOT_AT_ALL,
    async run(stage) {
      const redis = redisOf(stage)
      stage.tell(`flush ${redis.name}`)
      await flush(redis.address)
      await stage.hold(AFTER_FLUSH_MS)
    },
  },
  {
    name: 'redis-frozen',
    title: 'Redis is frozen for 8 s, and wakes',
    goals: NOT_AT_ALL,
    async run(stage) {
      const redis = redisOf(stage)
      stage.tell(`freeze ${redis.name}`)
      await redis.freeze()
      try {
        await stage.hold(AWAY_MS)
      } finally {
        stage.tell(`wake ${redis.name}`)
        await redis.thaw()
      }
    },
  },
]

async function flush(address: string): Promise<void> {
  const [host, port] = address.split(':')
  const socket = connect({ host, port: Number(port) })
  try {
    socket.write('FLUSHALL\r\n')
    const [answer] = await by(ANSWER_MS, 'Redis to flush', once(socket, 'data'))
    if (!String(answer).startsWith('+OK')) throw new Error(`Redis did not flush: ${answer}`)
  } finally {
    socket.destroy()
  }
}
