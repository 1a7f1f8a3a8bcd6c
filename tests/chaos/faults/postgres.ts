import { both, type Fault } from './fault.js'

const AWAY_MS = 6_000

export const postgresFaults: readonly Fault[] = [
  {
    name: 'postgres-restarted',
    title: 'PostgreSQL is killed, and started again 6 s later',
    goals: both(0),
    async run(stage) {
      const [postgres] = stage.system.services.postgres.nodes
      if (postgres === undefined) throw new Error('PostgreSQL was not started here.')
      stage.tell(`kill ${postgres.name}`)
      await postgres.kill()
      await stage.hold(AWAY_MS)
      stage.tell(`start ${postgres.name}`)
      await postgres.start()
    },
  },
]
