import { besideBreaks } from './beside.js'
import type { Break } from './break.js'
import { clientBreaks } from './client.js'
import { gatewayBreaks } from './gateway.js'
import { pipelineBreaks } from './pipeline.js'

/** Every mistake that the simulator must catch. */
export const breaks: readonly Break[] = [
  ...pipelineBreaks,
  ...gatewayBreaks,
  ...besideBreaks,
  ...clientBreaks,
]
