import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'

/** Where the environment's credentials lead, and as whom. */
export interface Where {
  account: string
  region: string
  as: string
}

export async function whereWeAre(): Promise<Where> {
  try {
    const sts = new STSClient({})
    const { Account = '', Arn = '' } = await sts.send(new GetCallerIdentityCommand({}))
    return { account: Account, region: await sts.config.region(), as: Arn }
  } catch (error) {
    const { name, message } = error as Error
    const remedy = 'set the region and the credentials of the account to ask'
    throw new Error(`AWS cannot be asked: ${name}: ${message}\n${remedy}`, { cause: error })
  }
}

export const called = ({ account, region, as }: Where): string => `account ${account}, ${region}, as ${as}`
