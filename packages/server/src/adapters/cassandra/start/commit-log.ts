import type { Client, Host } from 'cassandra-driver'
import type { CassandraStoreSettings } from '../options.js'
import { CassandraRefused } from './refused.js'

const REMEDY =
  'Set commitlog_sync: group and commitlog_sync_group_window: 2ms in its cassandra.yaml and restart it.'

/** What must be waited for where a node answers before it has synced (R8): longer than its 10 s between two syncs. */
export const PERIODIC_COMMIT_LAG_MS = 15_000

/** Nodes of the local data centre that answer before they have synced; refused unless that is allowed (R8). */
export async function checkCommitLogs(
  client: Client,
  settings: CassandraStoreSettings,
): Promise<{ readonly periodic: boolean }> {
  const hosts = client.hosts.values().filter((host) => isOurs(host, settings) && host.isUp())
  const periodic: string[] = []
  for (const host of hosts) {
    if ((await commitLogSync(client, host)) === 'periodic') periodic.push(host.address)
  }
  if (periodic.length === 0) return { periodic: false }
  const problem = `commitlog_sync is periodic on ${periodic.join(', ')}: a node that is killed forgets what it acknowledged in the last seconds.`
  if (!settings.allowUnsafeCommitLog) {
    throw new CassandraRefused(
      'allowUnsafeCommitLog',
      problem,
      `${REMEDY} Or set it to true: then offsets are committed ${PERIODIC_COMMIT_LAG_MS / 1_000} s late, and folded again after a node's restart.`,
    )
  }
  settings.onWarning(`${problem} ${REMEDY}`)
  return { periodic: true }
}

/** Nodes that were away at the start are looked at when they come, and who owns partitions is told (R8). */
export function watchNodes(client: Client, settings: CassandraStoreSettings): void {
  const isBack = (host: Host) => {
    if (!isOurs(host, settings)) return
    settings.onNodeBack(host.address)
    commitLogSync(client, host).then(
      (sync) => {
        if (sync !== 'periodic' || settings.allowUnsafeCommitLog) return
        settings.onWarning(
          `commitlog_sync is periodic on ${host.address}, which came up: when it is killed, it forgets what it acknowledged in the last seconds. ${REMEDY}`,
        )
      },
      // gone again
      () => undefined,
    )
  }
  client.on('hostUp', isBack)
  // after all were away the first that is found is a new one to the driver, which never comes up: it is added as
  // being up, and is told where it stands in the same turn
  client.on('hostAdd', (host: Host) => queueMicrotask(() => host.isUp() && isBack(host)))
}

const isOurs = (host: Host, { localDataCenter }: CassandraStoreSettings): boolean =>
  host.datacenter === localDataCenter

/** Each node tells only its own settings. */
async function commitLogSync(client: Client, host: Host): Promise<string> {
  const result = await client.execute(
    "SELECT value FROM system_views.settings WHERE name = 'commitlog_sync'",
    [],
    { host, isIdempotent: true },
  )
  return String(result.first()?.value)
}
