import { cassandraFaults } from './cassandra.js'
import type { Fault } from './fault.js'
import { kafkaFaults } from './kafka.js'
import { networkFaults } from './network.js'
import { postgresFaults } from './postgres.js'
import { processFaults } from './processes.js'
import { redisFaults } from './redis.js'
import { sequencerFaults } from './sequencer.js'

/** Every fault that there is, each under a name of its own. */
export const faults: readonly Fault[] = [
  ...processFaults,
  ...sequencerFaults,
  ...kafkaFaults,
  ...cassandraFaults,
  ...redisFaults,
  ...postgresFaults,
  ...networkFaults,
]
