/** Tables without lines: columns that fit their content, money to the right, cut to a narrow terminal. */
import CliTable from "cli-table3"
import type { Screen } from "./Screen.js"

/** A column of a table. */
export interface Column {
  readonly title: string
  readonly align?: "left" | "right"
  /** May be cut where the terminal is narrow. */
  readonly isElastic?: boolean
  /** Left out where a terminal is too narrow for it, all other columns cut to their least. */
  readonly isOptional?: boolean
}

const GAP = 2
const LEAST = 8

const SEGMENTS = new Intl.Segmenter()
const WIDE =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u

const widthOf = (text: string): number => {
  let width = 0
  for (const { segment } of SEGMENTS.segment(text)) width += WIDE.test(segment) ? 2 : 1
  return width
}

/** Computes the widths of the columns, at most `room` in total. */
const fit = (
  columns: ReadonlyArray<Column>,
  wanted: ReadonlyArray<number>,
  room: number,
): ReadonlyArray<number> => {
  const widths = [...wanted]
  const excess = () => widths.reduce((sum, width) => sum + width + GAP, -GAP) - room
  while (excess() > 0) {
    // The widest gives first, so that no column vanishes for another.
    let widest = -1
    for (const [index, column] of columns.entries()) {
      const width = widths[index] ?? 0
      if (column.isElastic === true && width > LEAST && width > (widths[widest] ?? 0)) widest = index
    }
    if (widest < 0) break
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  return widths
}

const NO_LINES = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: " ".repeat(GAP),
}

const leastOf = (column: Column, wanted: number): number =>
  column.isElastic === true ? Math.min(LEAST, wanted) : wanted

/** Chooses the columns that there is room for. */
const choose = (
  columns: ReadonlyArray<Column>,
  wanted: ReadonlyArray<number>,
  room: number,
): ReadonlyArray<number> => {
  const all = [...columns.keys()]
  const least = columns.reduce((sum, column, index) => sum + leastOf(column, wanted[index] ?? 0) + GAP, -GAP)
  return least <= room ? all : all.filter((index) => columns[index]?.isOptional !== true)
}

/** Draws a table, one line a row. */
export const draw = (
  screen: Pick<Screen, "width" | "style">,
  allColumns: ReadonlyArray<Column>,
  allRows: ReadonlyArray<ReadonlyArray<string>>,
): string => {
  const room = screen.width ?? Number.POSITIVE_INFINITY
  const allWanted = allColumns.map((column, index) =>
    Math.max(widthOf(column.title), ...allRows.map((row) => widthOf(row[index] ?? ""))),
  )
  const chosen = choose(allColumns, allWanted, room)
  const columns = chosen.flatMap((index) => allColumns[index] ?? [])
  const rows = allRows.map((row) => chosen.map((index) => row[index] ?? ""))
  const wanted = chosen.map((index) => allWanted[index] ?? 0)
  const colWidths = [...fit(columns, wanted, room)]
  const table = new CliTable({
    chars: NO_LINES,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    colWidths,
    colAligns: columns.map(({ align }) => align ?? "left"),
    truncate: "…",
  })
  table.push(
    columns.map(({ title }) => title),
    ...rows.map((row) => [...row]),
  )
  const [head = "", ...lines] = table.toString().split("\n")
  return [screen.style.bold(head.trimEnd()), ...lines.map((line) => line.trimEnd())].join("\n")
}
