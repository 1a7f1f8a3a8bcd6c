import { randomBytes } from 'node:crypto'
import { createRestClient, type RestClient } from '@tidings/sdk/rest'
import type { ClusterServices } from '../../../../scripts/cluster/options.js'
import { settingsOf } from '../../../../scripts/cluster/settings.js'
import { tokenOf } from '../../../../scripts/cluster/tokens.js'
import type { ServiceNode } from '../../../../scripts/services/index.js'
import { Run } from '../../../../scripts/services/run/run.js'
import { isProfiled } from '../../peers/peer.js'
import { until } from '../../until.js'
import { fillChannel } from './fill.js'
import { RoleProcess } from './process.js'

export const PARTITIONS = 6
const GATEWAYS = 2
const SEQUENCERS = 2
/** Of the sequencers that commit almost at once: what the late commit costs is seen beside them (R8). */
export const HASTY_COMMIT_LAG_MS = 250
const HOUR_MS = 3_600_000
const JOINING_AT_ONCE = 20

/** All limits are on, so that what they cost is paid, and so high that nothing is refused. */
const LIMITS = {
  sendRatePerS: 100_000,
  sendBurst: 100_000,
  channelRatePerS: 1_000_000,
  channelBurst: 1_000_000,
  frameRatePerS: 1_000_000,
  requestRatePerS: 0,
  pullAboveEventsPerS: 0,
  connectionRatePerS: 1_000_000,
  maxConnectionsPerIp: 1_000_000,
  maxUnauthenticatedPerIp: 1_000_000,
} as const

/** A cluster that the sections share: one api process, two gateways, and sequencers, not all of which run always. */
export class ClusterWorld {
  readonly #joined = new Set<string>()
  readonly #closing: (() => Promise<void>)[] = []

  private constructor(
    readonly services: ClusterServices,
    private readonly run: Run,
    private readonly secret: string,
    private readonly rest: RestClient,
    private readonly schema: string,
    readonly api: RoleProcess,
    readonly gateways: readonly RoleProcess[],
    readonly sequencers: readonly RoleProcess[],
    /** As the others, but with offsets committed almost at once. */
    readonly hastySequencers: readonly RoleProcess[],
  ) {}

  /** @param hasty plans sequencers, too, that commit early */
  static async start(
    services: ClusterServices,
    { hasty, onProgress }: { readonly hasty: boolean; readonly onProgress: (line: string) => void },
  ): Promise<ClusterWorld> {
    const run = await Run.begin({ onProgress })
    try {
      const secret = () => randomBytes(24).toString('hex')
      const secrets = { authSecret: secret(), busSecret: secret(), serverKey: secret() }
      const name = `b${randomBytes(6).toString('hex')}`
      const settings = {
        ...settingsOf({ name, store: 'cassandra', services, secrets, devLogin: false }),
        ...LIMITS,
        kafkaPartitions: PARTITIONS,
        drainTimeoutMs: 200,
        // until a Redis that is new is trusted, every process gets every push: that is not to be measured
        routesSettleMs: 1_000,
        logLevel: 'warn' as const,
      }
      const [api, ...others] = await Promise.all([
        RoleProcess.plan(run, 'api', 1, settings),
        ...several(GATEWAYS, (number) => RoleProcess.plan(run, 'gateway', number, settings)),
        ...several(SEQUENCERS, (number) => RoleProcess.plan(run, 'sequencer', number, settings)),
        ...several(hasty ? SEQUENCERS : 0, (number) =>
          RoleProcess.plan(run, 'sequencer', SEQUENCERS + number, {
            ...settings,
            commitLagMs: HASTY_COMMIT_LAG_MS,
          }),
        ),
      ])
      const gateways = others.slice(0, GATEWAYS)
      const sequencers = others.slice(GATEWAYS, GATEWAYS + SEQUENCERS)
      const hastySequencers = others.slice(GATEWAYS + SEQUENCERS)
      const rest = createRestClient({ url: `${api.url}/v1`, getToken: () => secrets.serverKey })
      await run.step('Tidings', () =>
        Promise.all([api, ...gateways, ...sequencers].map((one) => one.start())),
      )
      const world = new ClusterWorld(
        services,
        run,
        secrets.authSecret,
        rest,
        settings.postgresSchema ?? name,
        api,
        gateways,
        sequencers,
        hastySequencers,
      )
      await world.untilHeld()
      await rest.workspaces.put('w', {})
      return world
    } catch (error) {
      await run.close()
      throw error
    }
  }

  tokenFor(userId: string): string {
    return tokenOf(this.secret, userId, HOUR_MS)
  }

  /** Resolves when the users are members of the channel, which is made if need be. */
  async join(channelId: string, userIds: readonly string[]): Promise<void> {
    if (!this.#joined.has(channelId)) {
      await this.rest.channels.put('w', channelId, {})
      this.#joined.add(channelId)
    }
    const missing = userIds.filter((userId) => !this.#joined.has(`${channelId} ${userId}`))
    const work = async () => {
      for (let userId = missing.pop(); userId !== undefined; userId = missing.pop()) {
        await this.rest.channels.putMember(channelId, userId)
        this.#joined.add(`${channelId} ${userId}`)
      }
    }
    await Promise.all(several(JOINING_AT_ONCE, work))
  }

  /** Adds members who never connect, up to so many. Before anybody of the channel connects: nobody is told of them. */
  async fill(channelId: string, members: number): Promise<void> {
    await this.join(channelId, [])
    const { url } = this.services.postgres
    await fillChannel({ url, schema: this.schema, workspaceId: 'w', channelId, members })
  }

  /** Lets so many gateways, and exactly these sequencers, run; the others hand over and end. */
  async use(
    gateways: number,
    sequencers: readonly RoleProcess[] = this.sequencers,
  ): Promise<readonly RoleProcess[]> {
    const serving = this.gateways.slice(0, gateways)
    const wanted = [...serving, ...sequencers]
    await Promise.all(
      wanted.filter(({ isRunning }) => !isRunning).map((process) => process.start()),
    )
    await Promise.all(
      this.all
        .filter((one) => one.isRunning && one !== this.api && !wanted.includes(one))
        .map((process) => process.stop()),
    )
    await this.untilHeld()
    return serving
  }

  /** Resolves when every partition of the log is folded by a process that runs, and each has some. */
  async untilHeld(): Promise<void> {
    await until('every partition to be folded', 60_000, async () => {
      const running = [...this.sequencers, ...this.hastySequencers].filter((one) => one.isRunning)
      const held = await Promise.all(running.map((one) => one.partitionsHeld().catch(() => [])))
      return held.flat().length === PARTITIONS && held.every(({ length }) => length > 0)
    })
  }

  /** Process ids by what they are, for what runs and was started here. */
  processIds(): ReadonlyMap<string, readonly number[]> {
    const sequencers = [...this.sequencers, ...this.hastySequencers]
    const roles = Object.entries({ api: [this.api], gateway: this.gateways, sequencer: sequencers })
    const services = Object.entries(this.services).map(
      ([name, service]) => [name, (service as { nodes?: readonly ServiceNode[] }).nodes] as const,
    )
    return new Map(
      [...roles, ...services].map(([name, nodes = []]) => [
        name,
        nodes.flatMap(({ pid }) => (pid === undefined ? [] : [pid])),
      ]),
    )
  }

  beforeClose(close: () => Promise<void>): void {
    this.#closing.push(close)
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#closing.map((close) => close()))
    // a profile is written at an orderly end only
    if (isProfiled()) await Promise.all(this.all.map((process) => process.stop()))
    await this.run.close()
  }

  private get all(): readonly RoleProcess[] {
    return [this.api, ...this.gateways, ...this.sequencers, ...this.hastySequencers]
  }
}

const several = <T>(count: number, make: (number: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i + 1))
