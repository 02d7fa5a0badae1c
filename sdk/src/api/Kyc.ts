/** Checks of the KYC application that transfers are made for, against what the login has. */
import type { KycProblem } from "../model/Payment.js"
import type { Organization } from "./Organizations.js"

const SETTING = "SEQUENCE_KYC_ID (kycId)"

/** Lists ids for people; a login with many organizations must not fill the screen. */
const listed = (ids: ReadonlyArray<string>): string =>
  ids.length > 5 ? `${ids.slice(0, 5).join(", ")} and ${ids.length - 5} more` : ids.join(", ")

/**
 * Tells what speaks against a KYC application; `undefined` if nothing does. The list of applications was captured,
 * not documented: an id that is not in it may work all the same, so that is not certain.
 */
export const findProblem = (
  organizations: ReadonlyArray<Organization>,
  kycId: string | undefined,
): KycProblem | undefined => {
  const known = organizations.flatMap(({ kycIds }) => kycIds)
  const choice = known.length === 0 ? "The login shows none." : `The login has: ${listed(known)}.`
  if (kycId === undefined) {
    return known.length === 1
      ? undefined
      : { isCertain: true, message: `${SETTING} is not set, and transfers need it. ${choice}` }
  }
  if (known.includes(kycId)) return undefined
  return organizations.some(({ organizationId }) => organizationId === kycId)
    ? {
        isCertain: true,
        message: `${SETTING} is the id of an organization, not of a KYC application: every transfer is refused. ${choice}`,
      }
    : {
        isCertain: false,
        message: `${SETTING} is none of the KYC applications of this login: transfers may be refused. ${choice}`,
      }
}
