# syntax=docker/dockerfile:1
# Two images: the processor (the default), and `--target demo` with the demo's agents. Every step here runs as it stands
# in test/e2e/image.test.ts, without an engine: paths in RUN are relative, and files go where COPY puts them.

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY src/package.json src/
COPY src/contract/package.json src/contract/
COPY src/sdk/package.json src/sdk/
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.base.json LICENSE ./
COPY scripts scripts
COPY src src
RUN node scripts/build.ts && mkdir data

# What the processor needs at run time, out of the same lock file.
FROM node:24.21.0-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY src/package.json src/
COPY src/contract/package.json src/contract/
COPY src/sdk/package.json src/sdk/
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund --workspace=agent-vitals --workspace=@agent-vitals/contract

FROM build AS demo
USER 1000:1000
CMD ["node", "--conditions=@agent-vitals/source", "src/demo/agents.ts", "http://otel-collector:4318"]

FROM node:24.21.0-bookworm-slim AS processor
LABEL org.opencontainers.image.title="agent-vitals" \
      org.opencontainers.image.description="Judges the liveness and health of fleets of agents from OpenTelemetry signals" \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app
COPY --from=dependencies /app ./
COPY --from=build /app/src/dist src/dist
COPY --from=build /app/src/contract/dist src/contract/dist
# The user `node` may write here and nowhere else: the root file system can be read-only.
COPY --chown=1000:1000 --from=build /app/data /data
VOLUME /data
ENV NODE_ENV=production \
    AGENT_VITALS_STORE_PATH=/data/agent-vitals.db \
    HEALTH_URL=http://127.0.0.1:8080/readyz
USER 1000:1000
EXPOSE 4318 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(process.env.HEALTH_URL).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--disable-warning=ExperimentalWarning", "--max-semi-space-size=8", "src/dist/cli/main.js"]
# It listens on the container's own loopback until a configuration with tokens says otherwise:
# up --config /etc/agent-vitals/agent-vitals.yaml
CMD ["up"]
