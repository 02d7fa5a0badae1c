#!/usr/bin/env bash
# Runs inside the namespaces that `engine.sh` makes: starts the engine, gets the base images, runs the command.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)

# Waits until a command succeeds, up to as many seconds.
wait_for() {
  local seconds=$1
  shift
  for _ in $(seq $((seconds * 5))); do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.2
  done
  echo "Waited $seconds seconds in vain for: $*" >&2
  return 1
}

ip link set lo up
wait_for 20 sh -c 'ip -4 address show dev tap0 | grep -q inet'
# The name server that the machine knows may not be reachable from in here; the network has one of its own.
printf 'nameserver 10.0.2.3\n' >"$ENGINE_WORK/resolv.conf"
mount --bind "$ENGINE_WORK/resolv.conf" /etc/resolv.conf

dockerd --data-root "$ENGINE_WORK/data" --exec-root "$ENGINE_WORK/run/exec" --pidfile "$ENGINE_WORK/run/pid" \
  --host "$DOCKER_HOST" >"$ENGINE_WORK/engine.log" 2>&1 &
wait_for 60 docker info || {
  tail -30 "$ENGINE_WORK/engine.log" >&2
  exit 75
}

bash "$here/images.sh"
exec "$@"
