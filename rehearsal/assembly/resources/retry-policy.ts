/** As CloudFormation writes it → as the services take it. */
export function retryPolicy(given: {
  MaximumRetryAttempts?: number | undefined
  MaximumEventAgeInSeconds?: number | undefined
}) {
  return {
    ...(given.MaximumRetryAttempts !== undefined && { maximumRetryAttempts: given.MaximumRetryAttempts }),
    ...(given.MaximumEventAgeInSeconds !== undefined && { maximumEventAgeInSeconds: given.MaximumEventAgeInSeconds }),
  }
}
