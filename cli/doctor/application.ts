import type { Application } from '../../domain/application.ts'
import { pagerDutyKey, parseSecret, slackBot, slackWebhook } from '../../domain/secrets.ts'
import { quoted } from '../../domain/shell.ts'
import { findRepository } from '../../functions/aws/repositories.ts'
import { readSecret } from '../../functions/aws/secrets.ts'
import { type Answer, type Examination, judged, lacking, sound } from './examination.ts'
import { type Ground, type Installed, whyNotStanding } from './ground.ts'
import { askTrails } from './trails.ts'

/** What concerns the application as a whole. `version`: of its file. */
export async function askApplication(
  examination: Examination,
  application: Application,
  version: string,
  { account, installed, lack }: Ground,
): Promise<void> {
  if (installed) await examination.ask('installation', {}, () => whetherDeployed(application.app, version, installed))
  else {
    if (lack) await examination.ask('installation', {}, () => judged(lack))
    const why = lack ? 'the stack cannot be asked' : 'Sluice is not deployed here yet'
    examination.note({}, `${why}: whose the services are, locks and e-mail are not asked for`)
  }
  for (const repository of Object.values(application.images))
    await examination.ask('repository', {}, () => whetherThere(examination, repository))
  await askSecrets(examination, application)
  await askTrails(examination, account)
}

function whetherDeployed(app: string, version: string, installed: Installed): Answer<true> {
  const { stack, status, applications, versions } = installed
  const at = applications.indexOf(app)
  const command = 'npm run deploy'
  const fallen = whyNotStanding(stack, status)
  if (fallen) return lacking(fallen)
  if (at < 0)
    return lacking({
      found: `stack ${stack} does not release ${app}; it releases ${applications.join(', ')}`,
      remedy: 'put its file into apps/ and deploy',
      command,
    })
  if (versions[at] === version) return sound(true)
  return lacking({
    found: `stack ${stack} was deployed with another version of the file of ${app}, or of Sluice`,
    remedy: 'deploy this one',
    command,
  })
}

async function whetherThere(examination: Examination, name: string): Promise<Answer<true>> {
  const found = await findRepository(name)
  if (!found)
    return lacking({
      found: `ECR has no repository ${name} in this account and region`,
      remedy: 'create it, or correct images in the application file',
      command: `aws ecr create-repository --repository-name ${quoted(name)}`,
    })
  if (found.tagMutability !== 'IMMUTABLE')
    examination.note(
      {},
      `repository ${name}: tags are ${found.tagMutability}; a release keeps the digests it began with`,
    )
  return sound(true)
}

async function askSecrets(examination: Examination, { notify: { slack, pagerduty } }: Application): Promise<void> {
  if (slack) {
    const [schema, example] =
      slack.mode === 'bot'
        ? [slackBot, '{"token":"<xoxb-… of the app>"}']
        : [slackWebhook, '{"webhook":"<https://… of the channel>"}']
    await examination.ask('secret', {}, () => whetherSecret('notify.slack', slack.secret, schema, example))
  }
  if (pagerduty) {
    const example = '{"routingKey":"<integration key>"}'
    await examination.ask('secret', {}, () =>
      whetherSecret('notify.pagerduty', pagerduty.secret, pagerDutyKey, example),
    )
  }
}

/** Nothing of its value is told. */
async function whetherSecret(
  field: string,
  name: string,
  schema: Parameters<typeof parseSecret>[0],
  example: string,
): Promise<Answer<true>> {
  const at = `--secret-string ${quoted(example)}`
  const secret = await readSecret(name)
  if (!secret)
    return lacking({
      found: `${field}: Secrets Manager has no secret ${name} in this account and region`,
      remedy: 'create it',
      command: `aws secretsmanager create-secret --name ${quoted(name)} ${at}`,
    })
  const parsed = parseSecret(schema, secret.value)
  if (parsed.kind === 'secret') return sound(true)
  return lacking({
    found: `${field}: secret ${name} is of no use: ${parsed.because}`,
    remedy: 'put it right, with whatever else it is to hold',
    command: `aws secretsmanager put-secret-value --secret-id ${quoted(name)} ${at}`,
  })
}
