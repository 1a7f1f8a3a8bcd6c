import { describe, it } from 'vitest'
import { knownHeadsContract } from '../../src/ports/contract/known-heads.js'
import { limitsContract } from '../../src/ports/contract/limits.js'
import { presenceContract } from '../../src/ports/contract/presence.js'
import { processesContract } from '../../src/ports/contract/processes.js'
import { recentEventsContract } from '../../src/ports/contract/recent-events.js'
import { routesContract } from '../../src/ports/contract/routes.js'
import {
  knownHeadsHarness,
  limitsHarness,
  presenceHarness,
  processesHarness,
  recentEventsHarness,
  routesHarness,
} from './contracts.js'
import { useRedis } from './service.js'

const redis = useRedis()

routesContract('the routes in Redis', routesHarness(redis), { describe, it })
processesContract('the processes in Redis', processesHarness(redis), { describe, it })
presenceContract('the presence in Redis', presenceHarness(redis), { describe, it })
limitsContract('Redis', limitsHarness(redis), { describe, it })
recentEventsContract('the pages in Redis', recentEventsHarness(redis), { describe, it })
knownHeadsContract('the heads in Redis', knownHeadsHarness(redis), { describe, it })
