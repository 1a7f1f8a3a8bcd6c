import { isIP } from 'node:net'

/** An IPv6 address stands in brackets where a port follows. */
const HOST_PORT = /^(?:\[([\da-f:.]+)\]|[^\s:/@[\]]+):(\d{1,5})$/i
const HOST = /^[^\s:/@[\]]+$/

/** The port of `host:port`; undefined for everything else. */
export function portIn(address: string): number | undefined {
  const [, bracketed, digits] = HOST_PORT.exec(address) ?? []
  if (bracketed !== undefined && isIP(bracketed) !== 6) return undefined
  const port = Number(digits)
  return port >= 1 && port <= 65_535 ? port : undefined
}

export const isHost = (address: string): boolean => HOST.test(address) || isIP(address) === 6
