/** Access tokens for tests, made as an application's server would. */
import { createHmac } from 'node:crypto';

export const SECRET = 'the-secret-of-the-tests-has-more-than-32-bytes';
export const LINK_SECRET = 'gateways-say-this-to-room-services';
/** For `startCluster`. */
export const tokens = { secret: SECRET, link: LINK_SECRET };
/** All that somebody may have who takes part. */
export const PARTICIPANT = ['join', 'share', 'publish', 'signal', 'message'];

/**
 * @param {Record<string, any>} claims `exp` is a minute from now unless it says otherwise.
 * @param {string} [secret]
 * @returns {string}
 */
export function mint(claims, secret = SECRET) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256', typ: 'JWT', kid: 'main' })}.${part({ exp: Math.floor(Date.now() / 1000) + 60, ...claims })}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
