/** Path of the Platform API below the sandbox's address. */
export const PLATFORM_PATH = "/platform/v1"

/** Tells if a path belongs to the Platform API. */
export const isPlatformPath = (path: string): boolean => path.startsWith(`${PLATFORM_PATH}/`)
