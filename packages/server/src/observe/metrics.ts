import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { GatewayMetrics } from '../gateway/metrics.js'
import type { SequencingOptions } from '../roles/sequencing.js'

/** Buckets in seconds for what should take milliseconds. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]
/** The same for the whole way of an event, which may have waited until something was back. */
const WAY_SECONDS = [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10, 30, 60]

/**
 * The counters of one server, in a registry of its own, so that two servers in one process do not meet.
 * Nothing here is touched per receiver of an event.
 */
export function createMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'tidings_' })
  const registers = [registry]
  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name: `tidings_${name}`, help, labelNames, registers })
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `tidings_${name}`, help, registers })
  const histogram = (name: string, help: string, buckets = SECONDS) =>
    new Histogram({ name: `tidings_${name}`, help, buckets, registers })
  return {
    registry,
    connections: gauge('connections', 'Sockets that are open now'),
    connectionsOpened: counter('connections_opened_total', 'Sockets that were admitted'),
    connectionsRefused: counter('connections_refused_total', 'Sockets that were refused', ['code']),
    connectionsClosed: counter('connections_closed_total', 'Sockets that ended', ['code']),
    framesReceived: counter('frames_received_total', 'Envelopes from clients', ['type']),
    framesRefused: counter('frames_refused_total', 'Envelopes answered with an error', ['code']),
    deliveries: counter('deliveries_total', 'Events written to sockets'),
    deliverySeconds: histogram(
      'delivery_seconds',
      'Time from the acceptance of an event until it was written to sockets, by the clocks of both processes',
      WAY_SECONDS,
    ),
    slowReaders: counter(
      'slow_readers_total',
      'Backlogs replaced by channel.head, and sockets closed for it',
      ['step'],
    ),
    ephemeralShed: counter(
      'ephemeral_shed_total',
      'Typing, presence and receipts that were left out at a bound',
      ['kind'],
    ),
    presenceWaiting: gauge(
      'presence_waiting',
      'Users whose presence has changed and is not noted yet',
    ),
    channelsFollowed: gauge(
      'channels_followed',
      'Channels whose events come here, because a member is connected or was a moment ago',
    ),
    pulledChannels: gauge(
      'pulled_channels',
      'Channels that are too large or too hot: members pull',
    ),
    headsTold: counter('heads_told_total', 'Heads sent instead of events where members pull'),
    backfills: counter('backfills_total', 'Pages served, by the tier that answered', ['tier']),
    pageReads: counter('page_reads_total', 'Pages read beyond the memory of the gateway', [
      'source',
    ]),
    limited: counter('rate_limited_total', 'Requests above a rate, by what was limited', ['scope']),
    limitsUnshared: counter(
      'limits_unshared_total',
      'Rates that were counted by this process alone, because Redis did not answer',
    ),
    tokensUnchecked: counter(
      'tokens_unchecked_total',
      'Tokens of which Redis could not say whether they were revoked',
    ),
    pagesUnshared: counter(
      'pages_unshared_total',
      'Pages that were not shared with other gateways, because Redis did not answer',
    ),
    commands: counter('commands_total', 'Commands folded, by what became of them', ['result']),
    batchSize: histogram(
      'batch_commands',
      'Commands folded in one batch',
      [1, 2, 5, 10, 20, 50, 100, 200, 500],
    ),
    storeWriteSeconds: histogram(
      'store_write_seconds',
      'Time until a batch was durable, or a try had failed',
    ),
    appendSeconds: histogram('append_seconds', 'Time until commands stood in the log, or did not'),
    changesGivenUp: counter(
      'changes_given_up_total',
      'Changes of members and channels whose callers were told that the event comes later',
      ['why'],
    ),
    afterStoredSkipped: counter(
      'after_stored_skipped_total',
      'Events of which the hook afterStored was not told, because it is too slow',
    ),
    repairedEvents: counter(
      'repaired_events_total',
      'Events that no push brought and the store did',
    ),
    skippedEvents: counter(
      'skipped_events_total',
      'Events that were replaced by channel.head for everybody',
    ),
    resets: counter('resets_total', 'Channels that a client was told to reset'),
    answersUnclaimed: counter('answers_unclaimed_total', 'Answers whose connection was gone'),
    leasesLost: counter(
      'leases_lost_total',
      'Times that delivery stopped because the lease ran out',
    ),
    pushesDropped: counter(
      'pushes_dropped_total',
      'Pushes to other processes that were given up before they were sent; they heal by heads',
      ['why'],
    ),
    pushesFailed: counter('pushes_failed_total', 'Pushes that nobody knows to have been taken'),
    circuitsOpen: gauge(
      'push_circuits_open',
      'Processes that do not take pushes and are tried only now and then',
    ),
    logLag: new Gauge({
      name: 'tidings_log_lag',
      help: 'Commands in the log that are not committed yet',
      labelNames: ['partition'],
      registers,
    }),
    logLagLevel: gauge('log_lag_level', '0: all is well, 1: one partition lags, 2: the log lags'),
    partitionsStopped: gauge(
      'partitions_stopped',
      'Partitions of the log in which nothing goes on, because log and store contradict each other',
    ),
    partitionHeld: new Gauge({
      name: 'tidings_log_partition_held',
      help: '1 for each partition of the log that this process folds now',
      labelNames: ['partition'],
      registers,
    }),
    requestSeconds: new Histogram({
      name: 'tidings_http_request_seconds',
      help: 'REST requests by route and status',
      labelNames: ['route', 'status'],
      buckets: SECONDS,
      registers,
    }),
  }
}

export type Metrics = ReturnType<typeof createMetrics>

/** What a sequencer counts, in the registry. */
export function sequencingMetrics({
  afterStoredSkipped,
  batchSize,
  commands,
  ephemeralShed,
  pushesFailed,
}: Metrics): Required<
  Pick<SequencingOptions, 'onBatch' | 'onPushFailed' | 'onReceiptShed' | 'onHookSkipped'>
> {
  return {
    onBatch(_partition, counts) {
      batchSize.observe(counts.records)
      for (const result of ['events', 'repeats', 'rejections'] as const) {
        if (counts[result] > 0) commands.inc({ result }, counts[result])
      }
    },
    onPushFailed: () => pushesFailed.inc(),
    onReceiptShed: () => ephemeralShed.inc({ kind: 'receipt' }),
    onHookSkipped: (events) => afterStoredSkipped.inc(events),
  }
}

/** What a gateway counts, in the registry. */
export function gatewayMetrics(metrics: Metrics): GatewayMetrics {
  return {
    connections: (open) => metrics.connections.set(open),
    opened: () => metrics.connectionsOpened.inc(),
    refusedConnection: (code) => metrics.connectionsRefused.inc({ code }),
    closed: (code) => metrics.connectionsClosed.inc({ code: String(code) }),
    received: (type) => metrics.framesReceived.inc({ type }),
    refused: (code) => metrics.framesRefused.inc({ code }),
    delivered: (deliveries) => metrics.deliveries.inc(deliveries),
    deliveredAfter: (ms) => metrics.deliverySeconds.observe(Math.max(0, ms) / 1_000),
    slowReader: (step) => metrics.slowReaders.inc({ step }),
    shed: (kind, count) => metrics.ephemeralShed.inc({ kind }, count),
    presenceWaiting: (users) => metrics.presenceWaiting.set(users),
    channelsFollowed: (count) => metrics.channelsFollowed.set(count),
    pulledChannels: (count) => metrics.pulledChannels.set(count),
    headsTold: (heads) => metrics.headsTold.inc(heads),
    backfill: (tier) => metrics.backfills.inc({ tier }),
    pageRead: (source) => metrics.pageReads.inc({ source }),
    repaired: (events) => metrics.repairedEvents.inc(events),
    skipped: (events) => metrics.skippedEvents.inc(events),
    reset: () => metrics.resets.inc(),
    answerUnclaimed: () => metrics.answersUnclaimed.inc(),
    leaseLost: () => metrics.leasesLost.inc(),
  }
}
