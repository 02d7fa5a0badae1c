/** Writes a duration in milliseconds for people: whole, since fractions tell them nothing, and never less than it is. */
export const milliseconds = (duration: number): string => `${Math.ceil(duration)} ms`
