import { patiently } from '../../environment/patiently.js'
import type { LogGeneration } from '../../ports/log-registry.js'
import type { Command } from '../../stream/command.js'
import { AdminConnection } from './admin.js'
import { KafkaClients } from './client.js'
import { KafkaLogError } from './errors.js'
import { prepareGeneration, topicOf } from './generation.js'
import { KafkaTransport } from './kafka-transport.js'
import { groupOf } from './open-log.js'
import { type KafkaLogOptions, type KafkaLogSettings, settingsOf } from './options.js'
import { Producer } from './producer.js'
import { encodeCommand } from './record.js'

export interface RenewOptions extends KafkaLogOptions {
  /** What the first records of the new generation are: raises of epochs (R10). */
  readonly first: AsyncIterable<readonly Command[]>
  readonly onProgress?: (step: string) => void
}

const STEP_TIMEOUT_MS = 60_000
const RETRY_MS = 200

/**
 * R10: begins a new generation of the log beside one that is lost, or that does not fit what is stored: the store
 * was restored from an older backup. What lies in the old generations and was not stored is given up, and nobody
 * asks for it again; the first records of the new one say where numbering starts anew. No process may run meanwhile. Rejects with KafkaLogError,
 * having changed nothing that counts, when there is no log to renew and when its readers are still there.
 */
export async function renewLog(options: RenewOptions): Promise<LogGeneration> {
  const settings = settingsOf(options)
  const clients = new KafkaClients(settings)
  const admin = new AdminConnection(clients, settings.environment)
  try {
    const known = await settings.registry.read()
    await refuseUnknownOrRead(known, admin, settings)
    const generation = await unusedGeneration(known, admin, settings)
    options.onProgress?.(`making generation ${generation}`)
    const next = await whileNotLed(settings, () =>
      prepareGeneration(admin, generation, 'open', settings),
    )
    await append(next, clients, settings, options.first)
    await put(settings, undefined, next)
    for (const old of known) {
      const { seals, sealFrom: _, ...bare } = old
      if (old.status === 'stored' && seals === undefined) continue
      await put(settings, old, { ...bare, status: 'stored' })
    }
    return next
  } finally {
    await admin.close()
  }
}

async function refuseUnknownOrRead(
  known: readonly LogGeneration[],
  admin: AdminConnection,
  { groupPrefix }: KafkaLogSettings,
): Promise<void> {
  if (known.length === 0) {
    throw new KafkaLogError(
      'rules_differ',
      'This installation has no log yet that could be renewed.',
      'Start a server: it makes one.',
    )
  }
  const groupIds = known.map(({ generation }) => groupOf(groupPrefix, generation))
  const { groups } = await admin.run('looking for readers', (one) => one.describeGroups(groupIds))
  const read = groups.find(({ members }) => members.length > 0)
  if (read === undefined) return
  throw new KafkaLogError(
    'rules_differ',
    `The consumer group ${read.groupId} has members: the log is still read.`,
    'Stop every process of the cluster; one that was killed is forgotten after some seconds.',
  )
}

/** Numbers were given away that a restored database does not know of: their topics are still there. */
async function unusedGeneration(
  known: readonly LogGeneration[],
  admin: AdminConnection,
  { topicPrefix }: KafkaLogSettings,
): Promise<number> {
  const topics = new Set(await admin.run('listing the topics', (one) => one.listTopics()))
  let generation = Math.max(...known.map((one) => one.generation)) + 1
  while (topics.has(topicOf(topicPrefix, generation))) generation++
  return generation
}

async function append(
  { topic, partitions }: LogGeneration,
  clients: KafkaClients,
  settings: KafkaLogSettings,
  first: RenewOptions['first'],
): Promise<void> {
  const transport = new KafkaTransport(clients, topic, settings.environment)
  const producer = new Producer(transport, { ...settings, appendTimeoutMs: STEP_TIMEOUT_MS })
  try {
    for await (const commands of first) {
      const records = commands.map((command) => encodeCommand(command, partitions))
      const outcomes = await producer.append(records)
      if (outcomes.every(({ status }) => status === 'appended')) continue
      throw new KafkaLogError(
        'unreachable',
        `The first records of ${topic} could not be appended.`,
        'See that the brokers are up, then do it again: another topic is made.',
      )
    }
  } finally {
    await producer.close()
  }
}

/** A topic that was made a moment ago is not led everywhere yet. */
const whileNotLed = <T>({ environment, onTrouble }: KafkaLogSettings, attempt: () => Promise<T>) =>
  patiently(attempt, {
    environment,
    forMs: STEP_TIMEOUT_MS,
    pauseMs: () => RETRY_MS,
    isFinal: (error) => error instanceof KafkaLogError,
    onTrouble: (error) => onTrouble?.('log renewal', error),
  })

async function put(
  { registry }: KafkaLogSettings,
  seen: LogGeneration | undefined,
  next: LogGeneration,
): Promise<void> {
  if (await registry.put(seen, next)) return
  throw new KafkaLogError(
    'rules_differ',
    'Somebody else changes the log at the same time.',
    'See that no process runs, then do it again.',
  )
}
