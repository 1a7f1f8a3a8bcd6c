# The Tidings server, embedded or as a process of a cluster:
#   docker build -t tidings/server .
#   docker run -p 8080:8080 -v tidings:/data -e TIDINGS_AUTH_SECRET=… tidings/server
ARG NODE_VERSION=24.21.0

FROM node:${NODE_VERSION}-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
COPY packages/protocol/package.json packages/protocol/
COPY packages/server/package.json packages/server/
# Only these two workspaces and the tools of the root; no script of a package is run.
RUN npm ci --ignore-scripts --include-workspace-root -w @tidings/protocol -w @tidings/server
COPY tsconfig.base.json ./
COPY packages/protocol packages/protocol
COPY packages/server packages/server
RUN npm run build -w @tidings/protocol && npm run build -w @tidings/server \
  && find packages -path '*/dist/*' \( -name '*.map' -o -name '*.d.ts' \) -delete
# What the two need to run, and nothing else.
RUN npm ci --ignore-scripts --omit=dev -w @tidings/protocol -w @tidings/server

FROM node:${NODE_VERSION}-alpine
ENV NODE_ENV=production \
  TIDINGS_HOST=0.0.0.0 \
  TIDINGS_PORT=8080 \
  TIDINGS_DATA_DIR=/data
WORKDIR /app
COPY --from=build /src/node_modules node_modules
COPY --from=build /src/packages/protocol/package.json packages/protocol/
COPY --from=build /src/packages/protocol/dist packages/protocol/dist
COPY --from=build /src/packages/server/package.json packages/server/
COPY --from=build /src/packages/server/dist packages/server/dist
RUN install -d -o 1000 -g 1000 /data
USER 1000:1000
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.TIDINGS_PORT}${process.env.TIDINGS_BASE_PATH ?? ''}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "packages/server/dist/cli.js"]
CMD ["serve"]
