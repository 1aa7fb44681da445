export const isoTime = (at: number): string => new Date(at).toISOString();

/** `2026-03-12 14:02:05`, for tables, in UTC. @param at epoch milliseconds */
export const stampText = (at: number): string => isoTime(at).slice(0, 19).replace('T', ' ');
