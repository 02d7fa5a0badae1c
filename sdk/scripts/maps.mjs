// Source maps that lead only to files of the package: what was bundled from other packages loses its mappings,
// since its sources are not there to be looked at.
import { decode, encode } from "@jridgewell/sourcemap-codec"

const isOwn = (source) => source.startsWith("../src/")

/** Drops from a map, as JSON, all sources that the package does not hold, and everything that leads to them. */
export const keepOwnSources = (json) => {
  const { sources, mappings, names, ...map } = JSON.parse(json)
  const kept = sources.filter(isOwn)
  const lines = decode(mappings).map((line) =>
    line.flatMap((segment, i) => {
      const source = kept.indexOf(sources[segment[1]])
      if (source >= 0) return [segment.with(1, source)]
      // One segment ends the mapping before it; more of them would say nothing new.
      const [, before] = line[i - 1] ?? []
      return i > 0 && isOwn(sources[before] ?? "") ? [[segment[0]]] : []
    }),
  )
  return JSON.stringify({ ...map, sources: kept, names, mappings: encode(lines) })
}
