// Failed steps end a command with one sentence, anything else is a bug and keeps its stack.
import { StepFailed } from './steps.mjs'

export async function main(command) {
  try {
    process.exitCode = await command()
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error
    console.error(`\n${error.message}`)
    process.exitCode = 1
  }
}
