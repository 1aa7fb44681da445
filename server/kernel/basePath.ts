/** The path of the public URL that everything of the app is under, such as `/connect`; empty when there is none. */
export const basePathOf = (publicUrl: string): string => new URL(publicUrl).pathname.replace(/\/$/, '');
