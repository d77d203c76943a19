/** What the command would end with if its reader went away now. */
export const soFar = { exitCode: 0 };
