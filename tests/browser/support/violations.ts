import axe from 'axe-core'
import type { Page } from 'playwright-core'

/** What axe finds wrong with a page, in a form that says where. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const found = await page.evaluate(async () => {
    const runner = (globalThis as unknown as { axe: typeof import('axe-core') }).axe
    // What slides in is judged when it is there, unless it goes first; what breathes for ever is not waited for.
    const ending = document
      .getAnimations()
      .filter(({ effect }) => effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY)
    await Promise.allSettled(ending.map(({ finished }) => finished))
    return runner.run(document, { resultTypes: ['violations'] })
  })
  return found.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html }) => `${id}: ${help}: ${html.slice(0, 200)}`),
  )
}
