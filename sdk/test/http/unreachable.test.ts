import { execFile, spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { build } from "esbuild"
import { beforeAll, describe, expect, it } from "vitest"
import type { Report } from "./children/unreachable.js"

/** The Node versions of a campaign, by path; their own `fetch` differs. */
const NODES = process.env.CAMPAIGN_NODES?.split(",") ?? []

const KINDS = [
  ["port-unreachable", "read ECONNREFUSED"],
  ["host-unreachable", "read EHOSTUNREACH"],
  ["net-unreachable", "read ENETUNREACH"],
] as const

// The ordinary run takes a sample: the kernel needs some seconds to give each connection up.
const CASES =
  NODES.length === 0
    ? KINDS.slice(0, 1).map((kind) => [...kind, process.execPath] as const)
    : NODES.flatMap((node) => KINDS.map((kind) => [...kind, node] as const))

const PREPARE = "ip link set lo up && echo 3 > /proc/sys/net/ipv4/tcp_retries2 && nft list ruleset"

// It needs root, unshare, ip, and nft.
const canBlockTheWay = spawnSync("unshare", ["-n", "sh", "-c", PREPARE]).status === 0

const program = fileURLToPath(
  new URL(`../../node_modules/.cache/unreachable-${process.pid}.mjs`, import.meta.url),
)

describe.skipIf(!canBlockTheWay)(
  "a way that is refused after a payment was delivered (as root, with nft)",
  () => {
    beforeAll(() =>
      build({
        entryPoints: [fileURLToPath(new URL("children/unreachable.ts", import.meta.url))],
        outfile: program,
        bundle: true,
        format: "esm",
        platform: "node",
        packages: "external",
        logLevel: "warning",
      }),
    )

    it.concurrent.each(CASES)(
      "leaves one payment and one entry, after ICMP %s, which is %s, with %s",
      async (kind, ending, node) => {
        const inside = `${PREPARE} && exec "$0" "$@"`
        const { stdout } = await promisify(execFile)("unshare", [
          "-n",
          "sh",
          "-c",
          inside,
          node,
          program,
          kind,
        ])
        const report: Report = JSON.parse(stdout)
        expect(report).toEqual({ ending, error: "TransferOutcomeUnknownError", booked: 1, requested: 1 })
      },
      120_000,
    )
  },
)
