/** What a shell hands to the command after this option. */
export function handed(command: string | undefined, option: string): unknown {
  const [, word = 'null'] = new RegExp(`--${option} '((?:[^']|'\\\\'')*)'`).exec(command ?? '') ?? []
  return JSON.parse(word.replaceAll(`'\\''`, "'"))
}
