/** What is printed when the chat is up: where it is, and what to try. */
export function welcome({ host, port, dataDir }) {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  const address = `http://${name.includes(':') ? `[${name}]` : name}:${port}/`
  return `
  Tidings is up:    ${address}
  Data folder:      ${dataDir}

  Open the address and type a name. To be a second user, open it again in a
  private window or another browser profile and type another name.
  Then cut the network in one of them, write, reload, and join again.

  Stop with Ctrl-C. What was said is still there at the next start.
`
}
