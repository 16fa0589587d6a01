import { listDeployments, shortArn } from '../../ecs.ts'
import { asAssumed, otherwise, type Question } from '../../question.ts'
import type { Rolling } from './rolling.ts'

export const namedDeployment: Question<Rolling> = {
  name: 'named-deployment',
  asks: 'which deployment does the answer of the UpdateService that begins one name?',
  assumed: 'the previous one (Sluice finds its own by listing, whichever it is)',
  async ask(service) {
    await service.settled()
    const [earlier] = await listDeployments(service)
    const { currentServiceDeployment: named } = await service.update({ forceNewDeployment: true })
    const begun = await service.begins(earlier)
    if (begun === undefined) return otherwise('no deployment began')
    if (named === earlier) return asAssumed('the previous one')
    return otherwise(named === begun ? 'the new one' : `neither: ${named === undefined ? 'none' : shortArn(named)}`)
  },
}
