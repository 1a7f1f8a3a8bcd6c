import kafkajs, { type Admin } from 'kafkajs'

const ASK_TIMEOUT_MS = 5_000

/** Asks a Kafka cluster as a newcomer who comes to these brokers. */
export async function askBrokers<T>(
  brokers: readonly string[],
  question: (admin: Admin) => Promise<T>,
): Promise<T> {
  const admin = new kafkajs.Kafka({
    brokers: [...brokers],
    logLevel: kafkajs.logLevel.NOTHING,
    requestTimeout: ASK_TIMEOUT_MS,
  }).admin()
  try {
    await admin.connect()
    return await question(admin)
  } finally {
    await admin.disconnect()
  }
}
