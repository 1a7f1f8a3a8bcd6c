/** Requests whose path begins so go to these servers; of several routes the first that fits is taken. */
export interface Route {
  /** A name for it, in letters. */
  readonly name: string
  /** Such as `/v1/ws`, or `/` for all that is left. */
  readonly pathPrefix: string
  /** `host:port` of each server. */
  readonly upstreams: readonly string[]
  /**
   * Long-lived connections: sticky by cookie or by the header `x-user`, and a server that drains (its
   * `/readyz` says 503, it refuses upgrades with 503) keeps the connections that it has.
   */
  readonly webSocket?: boolean
}

export const stickyCookie = 'tidings_gateway'
export const stickyHeader = 'x-user'
export const stickySeconds = 3600
