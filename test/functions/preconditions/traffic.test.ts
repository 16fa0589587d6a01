import { expect, test } from 'vitest'
import type { Service } from '../../../domain/application.ts'
import { heldStage } from '../../../domain/identity.ts'
import { whyMisdirected } from '../../../functions/preconditions/traffic.ts'
import { listener } from '../listener.ts'
import { RELEASE } from '../release.ts'

const ELB = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333'
const RULE = `${ELB}:listener-rule/app/shop/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee`
const [BLUE, GREEN] = [`${ELB}:targetgroup/api-blue/6d0ecf831eec9f09`, `${ELB}:targetgroup/api-green/73e2d6bc24d8a067`]
const HELD = heldStage.parse({
  ...{ app: 'demo', release: RELEASE, attempt: 1, stage: 'production', lease: { holder: 'arn', fence: 1 } },
})

/** Blue serves; the users come by a rule that does this. */
async function whySentBy(actions: string): Promise<string | undefined> {
  await listener(
    `<DescribeRulesResponse><DescribeRulesResult><Rules><member><Actions>${actions}</Actions></member></Rules></DescribeRulesResult></DescribeRulesResponse>`,
  )
  const advancedConfiguration = {
    ...{ alternateTargetGroupArn: GREEN, productionListenerRule: RULE, roleArn: 'role' },
  }
  const found = { loadBalancers: [{ targetGroupArn: BLUE, advancedConfiguration }] }
  const serving = {
    arn: 'revision',
    taskDefinition: 'api:1',
    digests: {},
    images: {},
    createdAt: 0,
    targetGroups: [BLUE],
  }
  return whyMisdirected(HELD, { strategy: 'blue-green' } as Service, { found, serving }, [])
}

const TO_GREEN = `<member><Type>forward</Type><TargetGroupArn>${GREEN}</TargetGroupArn></member>`
const FOUND = 'api-blue serves, and the rule that users come by has the weights'

test('a rule by which users have to log in is not overwritten: what to change beside the login is said', async () => {
  expect(await whySentBy(`<member><Type>authenticate-oidc</Type></member>${TO_GREEN}`)).toBe(
    `${FOUND} api-green 1; in its forward action give api-blue all of them, and leave authenticate-oidc beside it as it is, then: sluice retry demo ${RELEASE}`,
  )
})

test('a rule that does nothing but forward is given to whoever serves by one command, which goes on', async () => {
  expect(await whySentBy(TO_GREEN)).toMatch(
    new RegExp(
      `^${FOUND} api-green 1; give it all of them: aws elbv2 modify-rule .*' && sluice retry demo ${RELEASE}$`,
    ),
  )
})
