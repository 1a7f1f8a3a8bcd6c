import type { CommandFrame } from '@tidings/protocol'
import { clientFrames, explain } from '@tidings/protocol/schemas'
import * as z from 'zod/mini'
import { withDeadline } from '../../environment/deadline.js'
import type { ServerEnvironment } from '../../ports/environment.js'
import type { RequestContext } from '../../stream/request-context.js'
import { type Draft, refuse, refuseForNow, type Step } from '../draft.js'
import type { Hooks, HookVerdict } from '../hooks.js'
import type { ResolvedAcceptanceOptions } from '../options.js'
import { checkSize } from './size.js'

/** As a client's own: what is stored is read again by engines that are stricter than JavaScript. */
const CHANGE = z.object({ metadata: clientFrames['message.send'].shape.metadata })

/** The longest reason that a sender gets to see. */
const REASON_MAX_UNITS = 500

export interface HookSteps {
  readonly environment: ServerEnvironment
  readonly hooks: Hooks
  readonly options: ResolvedAcceptanceOptions
  /** Told of a hook that threw or took too long. */
  readonly onHookFailed?:
    | ((hook: keyof Hooks, error: unknown, request: RequestContext) => void)
    | undefined
}

/** Asks the embedder, one step per hook that there is. A hook that fails lets nothing pass. */
export function hookSteps({ environment, hooks, options, onHookFailed }: HookSteps): Step[] {
  function step(hook: keyof Hooks, ask: (draft: Draft) => Promise<void>): Step {
    return {
      name: hook,
      async run(drafts) {
        await Promise.all(
          drafts
            .filter(({ request }) => !request.asServer)
            .map(async (draft) => {
              try {
                await withDeadline(environment, ask(draft), options.hookTimeoutMs)
              } catch (error) {
                onHookFailed?.(hook, error, draft.request)
                refuseForNow(draft)
              }
            }),
        )
      },
    }
  }

  const steps: Step[] = []
  const { authorize, beforeAccept } = hooks
  if (authorize !== undefined) {
    steps.push(
      step('authorize', async (draft) => {
        const allowed = await authorize.call(hooks, {
          ...whoAndWhere(draft),
          action: draft.frame.type,
        })
        if (allowed !== true && draft.verdict === undefined) refuse(draft, 'forbidden')
      }),
    )
  }
  if (beforeAccept !== undefined) {
    steps.push(
      step('beforeAccept', async (draft) => {
        const verdict = await beforeAccept.call(hooks, {
          ...whoAndWhere(draft),
          frame: structuredClone(draft.frame),
        })
        apply(draft, verdict, options)
      }),
    )
  }
  return steps
}

const whoAndWhere = ({ request, frame, membership }: Draft) => ({
  userId: request.userId,
  channelId: frame.channel_id,
  // a draft without a membership was refused, or is the server's own and asks no hook
  role: membership?.role ?? ('read_only' as const),
})

function apply(draft: Draft, verdict: HookVerdict, options: ResolvedAcceptanceOptions): void {
  // the deadline may have passed meanwhile, and the verdict been given
  if (draft.verdict !== undefined) return
  if (verdict.allow === false) {
    const { reason } = verdict
    const said = typeof reason === 'string' && reason !== ''
    refuse(draft, 'refused', {
      ...(said && { message: reason.slice(0, REASON_MAX_UNITS).toWellFormed() }),
    })
    return
  }
  if (verdict.allow !== true) throw new TypeError('beforeAccept must answer allow: true or false')
  draft.frame = changed(draft.frame, verdict)
  checkSize(draft, options)
}

function changed(
  frame: CommandFrame,
  { text, metadata }: Extract<HookVerdict, { allow: true }>,
): CommandFrame {
  if (text !== undefined && (typeof text !== 'string' || !text.isWellFormed())) {
    throw new TypeError('beforeAccept must give well-formed text')
  }
  if (frame.type === 'message.edit') return text === undefined ? frame : { ...frame, text }
  if (frame.type !== 'message.send') return frame
  const checked = CHANGE.safeParse({ metadata })
  if (!checked.success) {
    const { message } = explain(checked.error, { metadata })
    throw new TypeError(`beforeAccept must give what a client may give: ${message}`)
  }
  return {
    ...frame,
    ...(text !== undefined && { text }),
    ...(metadata !== undefined && checked.data),
  }
}
