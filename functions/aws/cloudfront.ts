import { parseXML } from '@aws-sdk/xml-builder'
import * as z from 'zod'
import { askSigned, ServiceError } from './signed.ts'

const VERSION = '2020-05-31'

const refusal = z.object({
  ErrorResponse: z.object({ Error: z.object({ Code: z.string(), Message: z.string().default('') }) }),
})

/**
 * Has a distribution forget these paths. The same reference is the same invalidation, however often it is asked for. Returns
 * when CloudFront has taken it, not when it has ended; throws `ServiceError` when it is refused.
 */
export async function invalidate(distribution: string, paths: string[], reference: string): Promise<void> {
  const items = paths.map(path => `<Path>${escaped(path)}</Path>`).join('')
  const body =
    `<?xml version="1.0" encoding="UTF-8"?><InvalidationBatch xmlns="http://cloudfront.amazonaws.com/doc/${VERSION}/">` +
    `<Paths><Quantity>${paths.length}</Quantity><Items>${items}</Items></Paths>` +
    `<CallerReference>${escaped(reference)}</CallerReference></InvalidationBatch>`
  const path = `/${VERSION}/distribution/${distribution}/invalidation`
  const headers = { 'content-type': 'application/xml' }
  const answer = await askSigned('cloudfront', { method: 'POST', path, headers, body })
  if (answer.status === 201) return
  const { Code, Message } = refusedWith(answer.body)
  // Asked for by this reference before, when the application file named other paths.
  if (Code === 'InvalidationBatchAlreadyExists') return
  throw new ServiceError(Code, Message, answer.status)
}

const distribution = z.object({
  Distribution: z.object({
    Status: z.string(),
    DistributionConfig: z.object({ Enabled: z.string().transform(text => text === 'true') }),
  }),
})

/** `status`: CloudFront's own word. Undefined when there is none of this id; throws `ServiceError` when it is refused. */
export async function findDistribution(id: string): Promise<{ status: string; isEnabled: boolean } | undefined> {
  const answer = await askSigned('cloudfront', { method: 'GET', path: `/${VERSION}/distribution/${id}` })
  if (answer.status === 200) {
    const { Status, DistributionConfig } = distribution.parse(parseXML(answer.body)).Distribution
    return { status: Status, isEnabled: DistributionConfig.Enabled }
  }
  const { Code, Message } = refusedWith(answer.body)
  if (Code === 'NoSuchDistribution') return undefined
  throw new ServiceError(Code, Message, answer.status)
}

/** An answer that is no XML comes from something in front of CloudFront. */
function refusedWith(xml: string): { Code: string; Message: string } {
  try {
    return refusal.parse(parseXML(xml)).ErrorResponse.Error
  } catch {
    return { Code: 'Unreadable', Message: xml }
  }
}

const ESCAPED: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text: string) => text.replace(/[&<>"]/g, character => ESCAPED[character] ?? character)
