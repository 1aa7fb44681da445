import type { NextStep } from '../kernel/errors.js';

/** What `pages/admin/confirm` is rendered with: what is about to be done, to whom, and the form that does it. */
export interface ConfirmPage {
  /** The entry of the menu that it belongs to. */
  readonly current: 'users' | 'connections';
  readonly heading: string;
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  readonly sentences: readonly string[];
  /** Null when there is nothing to do. */
  readonly form: {
    readonly postUrl: string;
    readonly label: string;
    readonly danger: boolean;
    readonly hidden: Readonly<Record<string, string>>;
  } | null;
  readonly sample: { readonly heading: string; readonly text: string } | null;
  readonly back: Pick<NextStep, 'label' | 'url'>;
}
