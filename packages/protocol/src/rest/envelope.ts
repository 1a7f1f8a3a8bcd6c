import * as z from 'zod/mini'
import { id } from '../frames/common.js'

/** Every successful answer of the REST API. */
export const answer = <T extends z.ZodMiniType>(data: T) => z.object({ data, error: z.null() })

/** Every refusal. `request_id` stands in each log line of the request, in every process. */
export const failure = z.object({
  data: z.null(),
  error: z.object({
    /** One of the table's codes; a newer server may know more. */
    code: z.string(),
    message: z.string(),
    request_id: id,
  }),
})
