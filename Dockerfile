# The targets: `prod` is the REST server alone, `bot` the Telegram bot alone, `dev` is the server with a sandbox to try it
# against.
#   docker build --target prod --tag tsequence-api .
# Slim rather than Alpine: native parts of packages are built and tested for glibc first, and its shell and
# package manager are there when something has to be looked into.
ARG NODE_VERSION=24
FROM node:${NODE_VERSION}-slim AS base
WORKDIR /app

# Only what an installation depends on, so that a change of the sources installs nothing anew.
# Every workspace has to be here: `npm ci` passes over one that is not, and installs nothing for it.
FROM base AS manifests
COPY .npmrc package.json package-lock.json ./
COPY sdk/package.json sdk/
COPY apps/api/package.json apps/api/
COPY apps/bot/package.json apps/bot/
COPY apps/cli/package.json apps/cli/
COPY apps/sandbox/package.json apps/sandbox/
COPY examples/package.json examples/

FROM manifests AS build
# The packages are here, and in the others as bundled code alone.
ARG BUILDKIT_SBOM_SCAN_STAGE=true
RUN npm ci
COPY tsconfig.base.json ./
COPY schema schema
COPY sdk sdk
COPY apps apps
RUN npx --no-install tsc -b apps/sandbox && npm run bundle --workspace tsequence-sandbox --workspace tsequence-api --workspace tsequence-bot --workspace tsequence-cli

FROM build AS dev
ENV SEQUENCE_DATA_DIR=/app/data SEQUENCE_SERVER_HOST=0.0.0.0 SEQUENCE_SERVER_PORT=8720
RUN install -d -o node -g node -m 0700 /app/data
USER node
EXPOSE 8720
CMD ["node", "apps/api/bin/start.js"]

# What every program of the workspace runs on: not as root, with folders that it may write to, and with the command line,
# so that an operator can verify the audit log, migrate data, and resolve transfers:
#   docker compose --file compose.api.yaml exec api tsequence audit verify
FROM base AS runtime
ENV NODE_ENV=production
RUN install -d -o node -g node -m 0700 /app/data /app/bot-data && ln -s /app/apps/cli/bin/tsequence.js /usr/local/bin/tsequence
COPY --from=build /app/apps/cli/package.json apps/cli/
COPY --from=build /app/apps/cli/bin apps/cli/bin
ENV SEQUENCE_DATA_DIR=/app/data
VOLUME /app/data
USER node

# The server is a bundle that needs nothing but Node; another app is one stage more, made as these two are.
FROM runtime AS prod
COPY --from=build /app/apps/api/package.json apps/api/
COPY --from=build /app/apps/api/bin apps/api/bin
ENV SEQUENCE_SERVER_HOST=0.0.0.0 SEQUENCE_SERVER_PORT=8720
EXPOSE 8720
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --start-interval=1s --retries=3 CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.SEQUENCE_SERVER_PORT + '/api/health').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "apps/api/bin/main.js"]

# It asks Telegram for news, and listens on no port.
FROM runtime AS bot
COPY --from=build /app/apps/bot/package.json apps/bot/
COPY --from=build /app/apps/bot/bin apps/bot/bin
ENV BOT_DATA_DIR=/app/bot-data BOT_CONFIG=/app/bot-config.yaml
VOLUME /app/bot-data
CMD ["node", "apps/bot/bin/main.js"]
