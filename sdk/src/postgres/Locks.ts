/** Numbers of the advisory locks that transactions take, in a space of our own. */
export const LOCKS = {
  space: 720_177_401,
  migrations: 1,
  auditLog: 2,
} as const
