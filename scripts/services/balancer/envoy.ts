import { type Route, stickyCookie, stickyHeader, stickySeconds } from './routes.js'

const manager = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3'
const router = 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router'
const previousHosts =
  'type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate'

/** A configuration for Envoy 1.40, as JSON. */
export const envoyConfig = (port: number, routes: readonly Route[]): string =>
  JSON.stringify(
    {
      static_resources: {
        listeners: [
          {
            name: 'clients',
            address: socketAddress(`127.0.0.1:${port}`),
            filter_chains: [{ filters: [connectionManager(routes)] }],
          },
        ],
        clusters: routes.map(cluster),
      },
    },
    undefined,
    2,
  )

const connectionManager = (routes: readonly Route[]) => ({
  name: 'envoy.filters.network.http_connection_manager',
  typed_config: {
    '@type': `${manager}.HttpConnectionManager`,
    stat_prefix: 'clients',
    upgrade_configs: [{ upgrade_type: 'websocket' }],
    // A silent WebSocket is for the heartbeat to judge.
    stream_idle_timeout: '0s',
    // Else the client's socket stays open for a second after its gateway died.
    delayed_close_timeout: '0.05s',
    route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes: routes.map(route) }] },
    http_filters: [{ name: 'envoy.filters.http.router', typed_config: { '@type': router } }],
  },
})

const route = ({ name, pathPrefix, webSocket }: Route) => ({
  match: { prefix: pathPrefix },
  route: {
    cluster: name,
    timeout: webSocket ? '0s' : '60s',
    ...(webSocket ? { hash_policy: sticky } : { retry_policy: elsewhere }),
  },
})

const elsewhere = {
  retry_on: 'connect-failure',
  num_retries: 3,
  retry_host_predicate: [
    {
      name: 'envoy.retry_host_predicates.previous_hosts',
      typed_config: { '@type': previousHosts },
    },
  ],
  host_selection_retry_max_attempts: 5,
}

// Without `terminal` the generated cookie is mixed into the hash and the header alone decides nothing.
const sticky = [
  { header: { header_name: stickyHeader }, terminal: true },
  { cookie: { name: stickyCookie, ttl: `${stickySeconds}s` } },
]

const cluster = ({ name, upstreams, webSocket }: Route) => ({
  name,
  type: 'STATIC',
  connect_timeout: '1s',
  lb_policy: webSocket ? 'RING_HASH' : 'LEAST_REQUEST',
  load_assignment: {
    cluster_name: name,
    endpoints: [
      {
        lb_endpoints: upstreams.map((address) => ({
          endpoint: { address: socketAddress(address) },
        })),
      },
    ],
  },
  // Each socket is a connection and a request; the default lets 1,024 of them be.
  circuit_breakers: {
    thresholds: [
      { max_connections: 1_000_000, max_requests: 1_000_000, max_pending_requests: 10_000 },
    ],
  },
  health_checks: [
    {
      timeout: '1s',
      // An upgrade is not tried elsewhere, whatever the policy: until this has seen that a gateway is gone, newcomers
      // may be led there, and refused.
      interval: '0.25s',
      // Else a cluster without traffic is looked at once a minute.
      no_traffic_interval: '0.25s',
      unhealthy_threshold: 2,
      healthy_threshold: 1,
      http_health_check: { path: '/readyz' },
    },
  ],
})

function socketAddress(address: string) {
  const [host, port] = address.split(':')
  return { socket_address: { address: host, port_value: Number(port) } }
}
