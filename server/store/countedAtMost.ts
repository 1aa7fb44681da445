/** Counting rows further would take longer and tell an admin nothing more. */
export const countedAtMost = 1000;
