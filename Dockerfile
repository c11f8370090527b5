# syntax=docker/dockerfile:1
# The gateway as an image. Two stages: the first builds and is thrown away, the second holds what runs and nothing else.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
# What is installed changes less often than what is built: its own layer.
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY tools/build-console.mjs tools/
COPY src src
RUN npm run build

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force
COPY --from=build /app/dist dist
COPY config config
COPY docs docs
COPY dashboards dashboards
# A fixed number, so that the owner of the data is the same after every build and on every host.
RUN groupadd --system --gid 10001 davylamp \
  && useradd --system --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin davylamp \
  && install -d -o 10001 -g 10001 -m 0700 /var/lib/davylamp
VOLUME /var/lib/davylamp
USER 10001:10001
# Console, REST and WebSocket; MQTT over TLS.
EXPOSE 8080 8883
STOPSIGNAL SIGTERM
# Live, not ready: what a start anew may mend. At a start it may still be judging what the spool holds.
HEALTHCHECK --interval=15s --timeout=5s --start-period=10m --start-interval=2s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/health/live').then(({ok})=>process.exit(ok?0:1),()=>process.exit(1))"]
# One thread for what V8 does beside the program: four would take the cores that a flood of alarms needs (ARCHITECTURE.md).
ENTRYPOINT ["node", "--max-semi-space-size=8", "--v8-pool-size=1", "dist/main.js"]
CMD ["start", "--data", "/var/lib/davylamp"]
