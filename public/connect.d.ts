/** What your backend got from `POST /api/v1/onboarding-sessions`, or those two fields of it. */
export interface OnboardingSession {
  readonly id: string;
  readonly url: string;
}

/**
 * Opens a window in which your user connects what your app needs. Call it in the handler of a click, before anything is awaited.
 * Where no window can be opened, as on phones and in the windows of other apps, this page itself goes there and comes back at your `return_url`.
 * @param createSession asks your backend for an onboarding session
 * @returns resolves when the window has come back to your `return_url`: ask your backend then what is connected. It does not tell whether
 * anything is, and stays pending when the window was closed on its way
 * @throws what `createSession` throws, after the window was closed
 */
export function connect(createSession: () => Promise<OnboardingSession>): Promise<void>;

/**
 * Tells the page that opened this window that it has come back. Call it on the page of your `return_url`, which has to be on the origin of the
 * page that called `connect`.
 * @returns true when a page had opened this window: it is being closed, and where the browser does not let it, ask your user to.
 * False when this page was reached without a window: go on in it
 */
export function finish(): Promise<boolean>;
