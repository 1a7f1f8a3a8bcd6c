import { rest } from '@tidings/protocol/schemas'
import type { z } from 'zod/mini'

/** What the document says of the whole API; the routes describe themselves. */
export const openApiInfo = (basePath: string) => ({
  openapi: '3.1.0',
  info: {
    title: 'Tidings REST API',
    version: '1',
    description:
      'Chat messages delivered once, in order, and never lost after they were acknowledged.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: basePath === '' ? '/' : basePath }],
  components: {
    securitySchemes: {
      bearer: {
        type: 'http' as const,
        scheme: 'bearer',
        description: 'A user token, or a server key.',
      },
    },
  },
  security: [{ bearer: [] }],
})

/** The answers of a route: its data, and every error in its one form. */
export const answers = <T extends z.ZodMiniType>(data: T, status: 200 | 201 = 200) => ({
  [status]: rest.answer(data),
  '4xx': rest.failure,
  '5xx': rest.failure,
})
