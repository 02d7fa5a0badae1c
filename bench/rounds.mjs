// Measures several things one after another, round by round, so that whatever else the machine does meets all alike.

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]

/** The median of what each measures, by name, over a number of rounds. */
export const inRounds = (measures, rounds) => {
  const values = new Map(Object.keys(measures).map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, measure] of Object.entries(measures)) values.get(name).push(measure())
  }
  return Object.fromEntries([...values].map(([name, all]) => [name, median(all)]))
}

/** Says what is over its budget, and ends with an error if something is. */
export const hold = (budgets) => {
  for (const { what, value, most, unit } of budgets) {
    const isHeld = value <= most
    console.log(`${isHeld ? "held" : "OVER"}  ${what}: ${value.toFixed(2)} of at most ${most} ${unit}`)
    if (!isHeld) process.exitCode = 1
  }
}
