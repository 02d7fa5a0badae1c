// How things are measured, and what a figure is: always against something else in the same run, since machines differ
// and other work comes and goes.

/** The middle, and the quarter points, of some values. */
export const spread = (values) => {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
  return { median: at(0.5), low: at(0.25), high: at(0.75), least: sorted[0] }
}

/** Milliseconds of each, in turns, so that whatever else the machine does meets all alike. */
export const inTurns = async (cases, { rounds, calls = 1 }) => {
  const times = Object.fromEntries(Object.keys(cases).map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(cases)) {
      const begun = performance.now()
      for (let call = 0; call < calls; call++) await run()
      times[name].push((performance.now() - begun) / calls)
    }
  }
  return times
}

const number = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3))

/**
 * A row of the table. What is compared with a target is the ratio of the medians of `ours` and `theirs`; if the
 * target is missed by less than the ratio varied from round to round, it is a matter of noise, and said to be.
 * `held` is for a target that is not reached everywhere: the most (or the least) that the ratio may be until it is reached.
 */
export const ratioRow = ({ what, ours, theirs, unit, most, least, held }) => {
  const [mine, other] = [spread(ours), spread(theirs)]
  const ratios = ours.map((value, index) => value / theirs[Math.min(index, theirs.length - 1)])
  const { low, high } = spread(ratios)
  const ratio = mine.median / other.median
  return judge({
    what,
    ours: `${number(mine.median)} ${unit}`,
    theirs: `${number(other.median)} ${unit}`,
    ratio,
    low: Math.min(low, ratio),
    high: Math.max(high, ratio),
    most,
    least,
    held,
  })
}

/** A row for a figure that needs no peer: a count, a size, a growth. */
export const plainRow = ({ what, value, unit = "", most, least, theirs = "" }) =>
  judge({
    what,
    ours: `${number(value)} ${unit}`.trim(),
    theirs,
    ratio: value,
    low: value,
    high: value,
    most,
    least,
  })

const judge = (row) => {
  const { ratio, low, high, most, least, held } = row
  const isMet = (most === undefined || ratio <= most) && (least === undefined || ratio >= least)
  const mayBeMet = (most === undefined || low <= most) && (least === undefined || high >= least)
  const target = most === undefined ? (least === undefined ? "" : `≥ ${least}`) : `≤ ${most}`
  const isHeld = held !== undefined && (most === undefined ? high >= held : low <= held)
  return { ...row, target, result: resultOf(target, isMet, mayBeMet, isHeld) }
}

const resultOf = (target, isMet, mayBeMet, isHeld) => {
  if (target === "") return ""
  if (isMet) return "pass"
  if (mayBeMet) return "noise"
  return isHeld ? "not reached" : "MISS"
}

/** The table for people. */
export const print = (rows) =>
  console.table(
    Object.fromEntries(
      rows.map(({ what, ours, theirs, ratio, low, high, target, result }) => [
        what,
        {
          ours,
          theirs,
          ratio: number(ratio),
          "25–75 %": low === high ? "" : `${number(low)}–${number(high)}`,
          target,
          result,
        },
      ]),
    ),
  )
