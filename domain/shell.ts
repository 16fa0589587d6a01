/** A word of a command that a person is to type, such that a shell takes it for one, whatever it is made of. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
