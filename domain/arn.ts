/** What an ARN ends with, after its last slash: `family:revision`, the id of a task or deployment, the name of a cluster. */
export function idIn(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1)
}
