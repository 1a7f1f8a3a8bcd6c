import { type Route, stickyCookie, stickyHeader } from './routes.js'

/** A configuration for HAProxy 2.6 with its log on the standard output. */
export const haproxyConfig = (port: number, routes: readonly Route[]): string => `global
  log stdout format raw local0 info
defaults
  mode http
  log global
  option dontlognull
  timeout connect 1s
  # longer than the heartbeat; an upgraded connection counts as a tunnel
  timeout client 75s
  timeout server 75s
  timeout tunnel 1h
  retries 3
  option redispatch 1
frontend clients
  bind 127.0.0.1:${port}
${routes.map(({ name, pathPrefix }) => `  use_backend ${name} if { path_beg ${pathPrefix} }\n`).join('')}
${routes.map(backend).join('')}`

const backend = (route: Route): string => `backend ${route.name}
${route.webSocket ? longLived : requests}
${route.upstreams.map((address, index) => `  server ${route.name}-${index + 1} ${address} cookie ${route.name}-${index + 1}\n`).join('')}`

// Only a dead or frozen server loses its connections: one that drains is alive, and refuses new ones itself.
const longLived = `  balance hdr(${stickyHeader})
  hash-type consistent
  cookie ${stickyCookie} insert indirect nocache httponly
  option httpchk GET /healthz
  retry-on conn-failure empty-response 503
  default-server check inter 1s fall 2 rise 1 on-marked-down shutdown-sessions`

const requests = `  balance leastconn
  option httpchk GET /readyz
  retry-on conn-failure
  default-server check inter 1s fall 2 rise 1`
