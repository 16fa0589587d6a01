import type { Construct } from 'constructs'
export function acknowledge(construct: Construct): void { void construct }
