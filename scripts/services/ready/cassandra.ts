type Consistency = 'one' | 'quorum' | 'all'

/**
 * Asked of one node: does it answer CQL, and does it see enough of the others? The first node of a ring
 * answers alone before the others exist, so it is asked for no more than itself.
 */
export async function answersCql(
  host: string,
  port: number,
  consistency: Consistency,
  othersExist: boolean,
  credentials?: { readonly username: string; readonly password: string },
): Promise<boolean> {
  const { Client, policies, types } = await import('cassandra-driver')
  const { AllowListPolicy, RoundRobinPolicy } = policies.loadBalancing
  const client = new Client({
    contactPoints: [`${host}:${port}`],
    localDataCenter: 'datacenter1',
    protocolOptions: { port },
    policies: { loadBalancing: new AllowListPolicy(new RoundRobinPolicy(), [`${host}:${port}`]) },
    socketOptions: { connectTimeout: 2000, readTimeout: 5000 },
    isMetadataSyncEnabled: false,
    ...(credentials && { credentials }),
  })
  try {
    await client.connect()
    await client.execute('SELECT release_version FROM system.local')
    if (consistency === 'one' || !othersExist) return true
    // A table that every ring has, with three copies.
    const query = 'SELECT keyspace_name FROM system_distributed.view_build_status LIMIT 1'
    await client.execute(query, [], { consistency: types.consistencies[consistency] })
    return true
  } finally {
    await client.shutdown()
  }
}
