/** The oldest Node whose `node:sqlite` needs no flag. */
const MINIMUM = [22, 13] as const

/** One sentence when this Node cannot run the server, undefined when it can. Imports nothing. */
export function unsupportedNode(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1])) return undefined
  return `Tidings needs Node ${MINIMUM.join('.')} or newer, and this is Node ${version}: install Node 24 and run it again.`
}

/** This Node cannot run the server: said before anything is opened. */
export class UnsupportedNode extends Error {
  override readonly name = 'UnsupportedNode'
}

/** Throws UnsupportedNode where the server cannot run. */
export function requireSupportedNode(version = process.versions.node): void {
  const problem = unsupportedNode(version)
  if (problem !== undefined) throw new UnsupportedNode(problem)
}
