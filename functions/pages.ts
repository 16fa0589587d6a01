import { handle, type LambdaEvent } from 'hono/aws-lambda'
import { answers } from './approval/answers.ts'
import { announces, type Needs, SIGNING, signsLinks, usesTable, WATCHING, watchesReleases } from './permissions.ts'
import { wrapped } from './step.ts'

export const needs: Needs = {
  timeoutSeconds: 20,
  permissions: site => [usesTable(site, 'PutItem'), announces(site), signsLinks(site), ...watchesReleases(site)],
  environment: site => ({ ...SIGNING(site), ...WATCHING(site) }),
}

const answer = handle(answers)

/** After it: whoever opened a link has seen what it leads to, and an approver's decision that was posted counts, once. */
export const handler = wrapped('Pages', (event: LambdaEvent, context) => answer(withoutBody(event), context))

/** A body that came with a GET means nothing, and no Request can hold it. */
function withoutBody(event: LambdaEvent): LambdaEvent {
  const isLooking = 'rawPath' in event && ['GET', 'HEAD'].includes(event.requestContext.http.method)
  return isLooking ? { ...event, body: null } : event
}
