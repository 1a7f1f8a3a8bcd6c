import { gatewaysInUse } from '../system/gateways.js'
import { untilShared } from '../system/sequencers.js'
import { both, choose, type Fault } from './fault.js'

const AWAY_MS = 4_000
/** Longer than its clients' heartbeat, and than the lease by which it may deliver. */
const GATEWAY_FROZEN_MS = 15_000
const SIGTERM_MS = 1_000

/** Gateways and api processes, and whatever is asked to end. */
export const processFaults: readonly Fault[] = [
  {
    name: 'gateway-killed',
    title: 'a gateway is killed, and started again',
    goals: { clientMs: 2_000 },
    async run(stage) {
      const gateway = choose(stage, await gatewaysInUse(stage.system))
      stage.tell(`kill ${gateway.name}`)
      await gateway.kill()
      await stage.hold(AWAY_MS)
      stage.tell(`start ${gateway.name}`)
      await gateway.restart()
    },
  },
  {
    name: 'gateway-frozen',
    title: 'a gateway is frozen for 15 s, and wakes',
    goals: {},
    async run(stage) {
      const gateway = choose(stage, await gatewaysInUse(stage.system))
      stage.tell(`freeze ${gateway.name}`)
      await gateway.freeze()
      try {
        await stage.hold(GATEWAY_FROZEN_MS)
      } finally {
        stage.tell(`wake ${gateway.name}`)
        await gateway.thaw()
      }
    },
  },
  {
    name: 'api-killed',
    title: 'an api process is killed, and started again',
    goals: both(0),
    async run(stage) {
      const api = choose(stage, stage.system.of('api'))
      stage.tell(`kill ${api.name}`)
      await api.kill()
      await stage.hold(AWAY_MS)
      stage.tell(`start ${api.name}`)
      await api.restart()
    },
  },
  {
    name: 'partitions-handed-over',
    title: 'a sequencer is stopped by SIGTERM, which gives its partitions away, and started again',
    goals: both(SIGTERM_MS),
    async run(stage) {
      const sequencer = choose(stage, stage.system.of('sequencer'))
      stage.tell(`stop ${sequencer.name}`)
      await sequencer.term()
      await stage.untilFlowing()
      stage.tell(`start ${sequencer.name}`)
      await sequencer.restart()
      await untilShared(stage.system)
    },
  },
  {
    name: 'rolling-deploy',
    title: 'every process is stopped by SIGTERM and started again, one after the other',
    goals: both(SIGTERM_MS),
    async run(stage) {
      for (const process of ['sequencer', 'api', 'gateway'] as const) {
        for (const one of stage.system.of(process)) {
          stage.tell(`replace ${one.name}`)
          await one.restart()
          if (process === 'sequencer') await untilShared(stage.system)
        }
      }
    },
  },
]
