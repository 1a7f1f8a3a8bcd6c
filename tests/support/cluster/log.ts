import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import kafkajs from 'kafkajs'
import { variableOf } from '../../../packages/server/src/config/load.js'
import type { Installation } from './installation.js'

const CLI = fileURLToPath(new URL('../../../packages/server/src/cli.ts', import.meta.url))
const RENEW_TIMEOUT_MS = 45_000

/** Loses every record that the log holds. */
export async function loseLog({ brokers, topicPrefix }: Installation): Promise<void> {
  const { Kafka, logLevel } = kafkajs
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    const topics = await admin.listTopics()
    await admin.deleteTopics({ topics: topics.filter((name) => name.startsWith(topicPrefix)) })
  } finally {
    await admin.disconnect()
  }
}

/** As the operator of a stopped cluster does whose log does not fit what is stored (R10). */
export async function renewLog({ settings }: Installation): Promise<void> {
  const variables = Object.entries(settings).map(([name, value]) => [
    variableOf(name),
    Array.isArray(value) ? value.join(',') : String(value),
  ])
  const { PATH, HOME } = process.env
  await promisify(execFile)(
    process.execPath,
    ['--conditions=tidings-source', '--import', 'tsx', CLI, 'log', 'renew', '--force'],
    { env: { PATH, HOME, ...Object.fromEntries(variables) }, timeout: RENEW_TIMEOUT_MS },
  )
}
