#!/usr/bin/env bash
# Runs a command with a Docker engine: the machine's own if there is one, else one out of Debian's packages, unpacked into a
# temporary folder and run in namespaces of its own. Nothing is installed, and nothing is left behind.
#   bash scripts/containers/engine.sh COMMAND…
# Exit code 75 (EX_TEMPFAIL): there is no engine, and none can be unpacked here.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)

if docker compose version >/dev/null 2>&1 && docker info >/dev/null 2>&1; then
  exec "$@"
fi

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null || [ "$(dpkg --print-architecture)" != amd64 ]; then
  echo "No Docker engine runs here, and none can be unpacked (that needs root on Debian, amd64)." >&2
  exit 75
fi

work=$(mktemp -d -t tsequence-engine-XXXXXX)
mkdir -p "$work"/{apt,lists/partial,cache/archives/partial,debs,root,run/config,data}

# The mirror that the machine itself uses.
sources=$(cat /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null || true)
mirror=$(sed -nE 's/^URIs: *(\S+debian)\/?$/\1/p; s/^deb (\[[^]]*\] )?(\S+debian)\/? .*/\2/p' <<<"$sources" | head -1)
mirror=${mirror:-http://deb.debian.org/debian}
cat >"$work/apt/next.sources" <<SOURCES
Types: deb
URIs: $mirror
Suites: trixie
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCES

# A newer Debian's engine, which is Go and runs here; of this Debian whatever needs its C library.
next=(-o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$work/apt" -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache")
(
  cd "$work/debs"
  apt-get -qq update >/dev/null 2>&1 || true
  apt-get -qq "${next[@]}" update
  apt-get -qq "${next[@]}" download docker.io docker-cli docker-compose docker-buildx containerd tini
  apt-get -qq download runc iptables libip4tc2 libip6tc2 libxtables12 libnftnl11 libnetfilter-conntrack3 libnfnetlink0 libmnl0 \
    slirp4netns libslirp0 debootstrap
  for package in *.deb; do dpkg-deb -x "$package" "$work/root"; done
) >"$work/apt.log" 2>&1 || {
  cat "$work/apt.log" >&2
  rm -rf "$work"
  echo "Debian's packages of the engine cannot be downloaded." >&2
  exit 75
}
for name in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
  ln -sf xtables-nft-multi "$work/root/usr/sbin/$name"
done
ln -sf tini-static "$work/root/usr/bin/docker-init"
ln -sfn "$work/root/usr/libexec/docker/cli-plugins" "$work/run/config/cli-plugins"

libraries="$work/root/usr/lib/x86_64-linux-gnu"
export PATH="$work/root/usr/bin:$work/root/usr/sbin:$PATH" LD_LIBRARY_PATH="$libraries" XTABLES_LIBDIR="$libraries/xtables"
export DOCKER_HOST="unix://$work/run/docker.sock" DOCKER_CONFIG="$work/run/config"
export DEBOOTSTRAP_DIR="$work/root/usr/share/debootstrap" ENGINE_WORK="$work" ENGINE_MIRROR="$mirror"

clean() {
  kill "${network:-}" 2>/dev/null || true
  rm -rf "$work"
}
trap clean EXIT
trap 'exit 130' INT TERM

unshare --net --mount --pid --fork --kill-child --mount-proc bash "$here/inside.sh" "$@" &
outer=$!
# The process inside, which the network is made for.
for _ in $(seq 100); do
  inner=$(pgrep -P "$outer" || true)
  [ -n "$inner" ] && break
  sleep 0.1
done
slirp4netns --configure --mtu=1400 --disable-host-loopback "${inner:?the namespace did not start}" tap0 >"$work/network.log" 2>&1 &
network=$!
code=0
wait "$outer" || code=$?
exit "$code"
