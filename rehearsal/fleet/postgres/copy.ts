import { constants } from 'node:fs'
import { chmod, copyFile, lchown, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Who owns what PostgreSQL is to work on; empty where that is whoever runs this process. */
export type Account = { uid: number; gid: number } | Record<string, never>

/** How many files are copied at once. */
const AT_ONCE = 16

/**
 * Copies a folder while others may write in it: a file that goes meanwhile is left out. `skip` names entries of the
 * folder itself.
 */
export async function copyTree(
  from: string,
  to: string,
  account: Account,
  skip: readonly string[] = [],
): Promise<void> {
  const files: [from: string, to: string][] = []
  await makeFolders(from, to, account, skip, files)
  const copyNext = async (): Promise<void> => {
    for (let next = files.pop(); next; next = files.pop()) {
      if (await copied(...next)) await give(next[1], account)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, copyNext))
}

async function makeFolders(
  from: string,
  to: string,
  account: Account,
  skip: readonly string[],
  files: [string, string][],
): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 })
  await give(to, account)
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (skip.includes(entry.name)) continue
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await makeFolders(source, target, account, [], files)
    else files.push([source, target])
  }
}

async function copied(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

/** Makes a file or folder the account's. */
export async function give(path: string, { uid, gid }: Account): Promise<void> {
  if (uid !== undefined && gid !== undefined) await lchown(path, uid, gid)
}

/** Copies files that every account may read and run, as those of an installed program are. */
export async function copyProgram(from: string, to: string): Promise<void> {
  await copyTree(from, to, {})
  for (const entry of await readdir(to, { recursive: true, withFileTypes: true })) {
    await chmod(join(entry.parentPath, entry.name), 0o755)
  }
  await chmod(to, 0o755)
}
