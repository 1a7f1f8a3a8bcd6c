/**
 * Asked of one broker: it is up when it lists itself and most of the others, so that a cluster of three
 * also counts as up again while one is away.
 */
export async function knowsBrokers(address: string, id: number, brokers: number): Promise<boolean> {
  const { Kafka, logLevel } = await import('kafkajs')
  const client = new Kafka({
    brokers: [address],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1000,
    requestTimeout: 2000,
    retry: { retries: 0 },
  })
  const admin = client.admin()
  try {
    await admin.connect()
    const cluster = await admin.describeCluster()
    const ids = cluster.brokers.map(({ nodeId }) => nodeId)
    return ids.includes(id) && ids.length > brokers / 2 && cluster.controller !== null
  } finally {
    await admin.disconnect()
  }
}
