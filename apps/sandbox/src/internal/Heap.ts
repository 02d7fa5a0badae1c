/** Keeps values ordered by the time at which they are due; equal times keep the order of arrival. */
export class Heap<Value> {
  readonly #items: Array<{ readonly at: number; readonly order: number; readonly value: Value }> = []
  #order = 0

  /** The number of values. */
  get size(): number {
    return this.#items.length
  }

  /** Adds a value that is due at `at`. */
  push(at: number, value: Value): void {
    const items = this.#items
    items.push({ at, order: this.#order, value })
    this.#order += 1
    let child = items.length - 1
    while (child > 0) {
      const parent = (child - 1) >> 1
      if (!this.#swapIfEarlier(child, parent)) break
      child = parent
    }
  }

  /** Takes the earliest value that is due at `now` or before. */
  popDue(now: number): { readonly at: number; readonly value: Value } | undefined {
    const items = this.#items
    const first = items[0]
    if (first === undefined || first.at > now) return undefined
    const last = items.pop()
    if (last !== undefined && items.length > 0) {
      items[0] = last
      this.#sink()
    }
    return first
  }

  #sink(): void {
    let parent = 0
    for (;;) {
      const left = parent * 2 + 1
      const right = left + 1
      const child = this.#earlier(right, left) ? right : left
      if (!this.#swapIfEarlier(child, parent)) return
      parent = child
    }
  }

  #earlier(one: number, other: number): boolean {
    const a = this.#items[one]
    const b = this.#items[other]
    if (a === undefined || b === undefined) return false
    return a.at < b.at || (a.at === b.at && a.order < b.order)
  }

  #swapIfEarlier(child: number, parent: number): boolean {
    if (!this.#earlier(child, parent)) return false
    const a = this.#items[child]
    const b = this.#items[parent]
    if (a === undefined || b === undefined) return false
    this.#items[child] = b
    this.#items[parent] = a
    return true
  }
}
