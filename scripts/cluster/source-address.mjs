// Loaded into a process of a `proxied` cluster before everything else: its connections within this machine come from
// an address of its own, so that a proxy can tell it from others.
import { Socket } from 'node:net'

const localAddress = process.env.TIDINGS_CLUSTER_SOURCE
const isHere = (host) => host?.startsWith('127.') ?? false

const connect = Socket.prototype.connect
Socket.prototype.connect = function (...given) {
  // Node hands over what it has put in order as a list; otherwise it is an object, or port and host.
  const list = Array.isArray(given[0]) ? given[0] : given
  if (typeof list[0] === 'object') {
    if (isHere(list[0].host)) list[0] = { ...list[0], localAddress }
  } else if (isHere(list[1])) {
    list.splice(0, 2, { port: list[0], host: list[1], localAddress })
  }
  return connect.apply(this, given)
}
