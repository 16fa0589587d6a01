/** Stands in for the SDK's search for endpoints when a function is bundled: the DynamoDB client sets it up, and none of its commands asks it. */
export const resolveEndpointDiscoveryConfig = <T>(config: T): T => config

export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = {
  environmentVariableSelector: () => false,
  configFileSelector: () => false,
  default: false,
}
