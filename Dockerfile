# docstream alone: Kafka and MongoDB are given by KAFKA_BROKERS and MONGODB_URI (see docker-compose.yml). It listens on
# every address of its container, so it starts with DOCSTREAM_API_KEYS, or with DOCSTREAM_ALLOW_OPEN=true, only.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY src src
COPY scripts/build.mjs scripts/bundle.mjs scripts/class-names.mjs scripts/setup.mjs scripts/sbom.mjs scripts/
RUN npm run build && node scripts/sbom.mjs > sbom.cdx.json && npm prune --omit=dev --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
# As "start" in package.json has them: docs/decisions/0027.
ENV MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=131072 NODE_OPTIONS=--max-semi-space-size=8
# What commands note for themselves, such as how far a load has come: the only place that may be written.
ENV DOCSTREAM_DATA_DIR=/tmp/docstream
WORKDIR /app
# All of it belongs to root and the process runs as "node", so that it cannot change its own code.
COPY package.json ./
COPY --from=build /app/node_modules node_modules
COPY bin bin
COPY scripts/setup.mjs scripts/setup.mjs
COPY views views
COPY public public
COPY --from=build /app/dist dist
# What is in here, for scanners (CycloneDX).
COPY --from=build /app/sbom.cdx.json sbom.cdx.json
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/bundle/main.js"]
