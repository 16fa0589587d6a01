import { ECRClient } from '@aws-sdk/client-ecr'
import { ECSClient } from '@aws-sdk/client-ecs'
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import { SFNClient } from '@aws-sdk/client-sfn'
import { Made } from './made.ts'
import type { Pause } from './patience.ts'
import type { ThrowAway, WantedAnswers } from './probe-arguments.ts'
import { type Asked, askAll } from './question.ts'
import { servingService } from './read-only/serving.ts'
import { blueGreenService } from './throw-away/blue-green/group.ts'
import { stateMachine } from './throw-away/machine/group.ts'
import type { Place } from './throw-away/place.ts'
import { rollingService } from './throw-away/rolling/group.ts'

export interface Probing {
  /** Hears of each question as it is answered. */
  tell(asked: Asked): void
  /** Hears what is made and removed. */
  note(line: string): void
  pause: Pause
  /** Gets what removes everything that was made until then. */
  interruptible?(removeAll: () => Promise<string[]>): void
}

export interface Probed {
  asked: Asked[]
  /** What could not be removed, in sentences. */
  left: string[]
}

/** Asks AWS, by the environment's region and credentials, and leaves nothing there. */
export async function probe(wanted: WantedAnswers, probing: Probing): Promise<Probed> {
  return wanted.kind === 'read-only' ? lookOnly(wanted.of, probing) : throwAway(wanted.make, probing)
}

async function lookOnly(of: { cluster: string; service: string } | undefined, { tell }: Probing): Promise<Probed> {
  const serving = of && { ...of, ecs: new ECSClient({}), ecr: new ECRClient({}) }
  return { asked: await askAll(servingService(serving), tell), left: [] }
}

async function throwAway(wanted: ThrowAway, { tell, note, pause, interruptible }: Probing): Promise<Probed> {
  const made = new Made(note, pause)
  interruptible?.(() => made.removeAll())
  const { cluster, taskDefinition, subnets, securityGroups, assignPublicIp, machineRole, wiring } = wanted
  const place: Place = {
    ...{ ecs: new ECSClient({}), cluster, taskDefinition, made, pause, id: idOf(Date.now()) },
    networkConfiguration: {
      awsvpcConfiguration: { subnets, securityGroups, assignPublicIp: assignPublicIp ? 'ENABLED' : 'DISABLED' },
    },
  }
  const elb = new ElasticLoadBalancingV2Client({})
  const asked: Asked[] = []
  try {
    asked.push(...(await askAll(stateMachine(place, new SFNClient({}), machineRole), tell)))
    asked.push(...(await askAll(rollingService(place, new ECRClient({})), tell)))
    asked.push(...(await askAll(blueGreenService(place, wiring && { ...wiring, elb }), tell)))
  } finally {
    note('removing what was made')
  }
  return { asked, left: await made.removeAll() }
}

/** Short enough for the name of a target group. */
function idOf(now: number): string {
  return now.toString(36).slice(-6)
}
