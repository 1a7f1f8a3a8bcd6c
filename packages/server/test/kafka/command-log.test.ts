import { describe, it } from 'vitest'
import { commandLogContract } from '../../src/ports/contract/command-log.js'
import { useService } from '../services/use-service.js'
import { kafkaLogHarness } from './harness.js'

const { brokers } = await useService('kafka')

// a change of the group takes a second, and more on a busy machine
const runner = { describe, it, patienceMs: 25_000 }

commandLogContract('the log on Kafka with one partition', kafkaLogHarness(brokers, 1), runner)
commandLogContract('the log on Kafka with 8 partitions', kafkaLogHarness(brokers, 8), runner)
