import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('nodes/node_modules', import.meta.url))
const promised = ['20', '22', '24', '26']

/** The Node versions to try, by major; elsewhere than on 64-bit Linux the one that runs this. */
export function nodeVersions(): { major: number; command: string }[] {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return [{ major: Number(process.versions.node.split('.')[0]), command: process.execPath }]
  }
  return promised.map((major) => {
    const command = join(folder, `node${major}`, 'bin', 'node')
    if (!existsSync(command)) {
      throw new Error(`Node ${major} is not there: run \`npm ci\` in tests/consumers/nodes`)
    }
    return { major: Number(major), command }
  })
}
