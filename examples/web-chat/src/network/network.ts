import { tab } from '../session/kept.ts'

const key = 'network-is-cut'
const listeners = new Set<() => void>()
let isCut = tab.get<boolean>(key) === true

/**
 * This tab's line to the server, with a switch. Cut, sockets die without a word, new ones are
 * refused and requests fail, and so it stays over a reload until the line is joined again.
 */
export const network = {
  isCut: () => isCut,

  set(cut: boolean): void {
    if (cut === isCut) return
    isCut = cut
    tab.set(key, cut)
    for (const listener of [...listeners]) listener()
  },

  subscribe(listener: () => void): () => void {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },

  fetch: (input: string, init?: RequestInit): Promise<Response> =>
    isCut ? Promise.reject(new TypeError('The network is cut.')) : fetch(input, init),
}
