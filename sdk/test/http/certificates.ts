/** Certificates for servers of tests: one that its clients accept, and the kinds that they do not. */
import { execFileSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** A TLS server's certificate, and its key. */
interface Certificate {
  readonly key: string
  readonly cert: string
}

/** A certificate authority and what it signed. */
export interface Certificates {
  /** The file of the authority, for `NODE_EXTRA_CA_CERTS`. */
  readonly authority: string
  readonly good: Certificate
  readonly otherName: Certificate
  readonly selfSigned: Certificate
  readonly forged: Certificate
  readonly unknownAuthority: Certificate
}

/** The same with another last byte, which belongs to the signature. */
const forged = ({ key, cert }: Certificate): Certificate => {
  const bytes = Buffer.from(cert.replace(/-----[^-]+-----/g, ""), "base64")
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)
  return {
    key,
    cert: `-----BEGIN CERTIFICATE-----\n${bytes.toString("base64")}\n-----END CERTIFICATE-----\n`,
  }
}

/** Makes them in a folder. */
export const makeCertificates = (folder: string): Certificates => {
  const openssl = (...args: ReadonlyArray<string>) =>
    execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] })
  const own = (name: string, subject: string) =>
    openssl(
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
      ...["-keyout", `${name}.key`, "-out", `${name}.crt`, "-subj", `/CN=${subject}`, "-days", "2"],
    )
  const read = (name: string): Certificate => ({
    key: readFileSync(join(folder, `${name}.key`), "utf8"),
    cert: readFileSync(join(folder, `${name}.crt`), "utf8"),
  })
  const signed = (name: string, authority: string, alternative: string): Certificate => {
    writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${alternative}`)
    openssl(
      ...["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
      ...["-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`],
    )
    openssl(
      ...["x509", "-req", "-in", `${name}.csr`, "-CA", `${authority}.crt`, "-CAkey", `${authority}.key`],
      ...["-CAcreateserial", "-days", "2", "-extfile", `${name}.ext`, "-out", `${name}.crt`],
    )
    return read(name)
  }
  own("authority", "Test authority")
  own("stranger", "Unknown authority")
  own("self", "127.0.0.1")
  const good = signed("good", "authority", "IP:127.0.0.1")
  return {
    authority: join(folder, "authority.crt"),
    good,
    otherName: signed("other", "authority", "DNS:elsewhere.example"),
    selfSigned: read("self"),
    forged: forged(good),
    unknownAuthority: signed("unknown", "stranger", "IP:127.0.0.1"),
  }
}
