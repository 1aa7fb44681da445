/**
 * Hosts of Microsoft's OpenID issuers: Entra in its clouds, its first version of tokens, and External ID.
 * https://learn.microsoft.com/en-us/entra/identity-platform/authentication-national-cloud
 */
const hosts = [
  'login.microsoftonline.com',
  'login.microsoftonline.us',
  'login.partner.microsoftonline.cn',
  'login.chinacloudapi.cn',
  'sts.windows.net',
];

/** Whether a host is one of Microsoft's that sign in. */
export const isMicrosoft = (hostname: string): boolean =>
  hosts.includes(hostname) || hostname.endsWith('.ciamlogin.com');
