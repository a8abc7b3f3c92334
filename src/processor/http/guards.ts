import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { type HostRule, hostOf } from './host-rule.ts';
import { type Problem, problem } from './problem.ts';
import { type Role, roleIncludes } from './role.ts';
import { bearerToken, type Caller, type Tokens } from './tokens.ts';

/** What a request needs: a token of a role, or nothing. */
export type Access = Role | 'public';

/** What the guards of one listener know. */
export interface GuardRules {
  readonly tokens: Tokens;
  readonly hosts: HostRule;
}

/** The request may pass, and whose it is (undefined: nobody said), or what it is told. */
export type Decision =
  | { readonly refusal: Problem; readonly caller?: never }
  | { readonly refusal?: never; readonly caller: Caller | undefined };

/**
 * Decides about a request of the page, REST or live push: Host, role, Origin and content type, in this order.
 * Programs show a bearer token, the page's user a session's cookie, which counts only where there is no Authorization
 * header and never excuses a foreign Host: a rebound page that was logged into would have one.
 *
 * @param request - Its headers; the body isn't touched.
 * @param rules - Those of its listener.
 * @param access - What the route needs.
 * @param sessionOf - Who is logged in by the request's cookie.
 * @example
 * ```ts
 * const { refusal, caller } = guardRequest(request, { tokens, hosts }, 'operator');
 * if (refusal !== undefined) return sendProblem(response, refusal);
 * ```
 */
export function guardRequest(
  request: IncomingMessage,
  rules: GuardRules,
  access: Access,
  sessionOf: (request: IncomingMessage) => Caller | undefined = () => undefined,
): Decision {
  const bearer = rules.tokens.authenticate(request.headers.authorization);
  const caller = bearer ?? (request.headers.authorization === undefined ? sessionOf(request) : undefined);
  const refusal =
    refuseForeignHost(request, rules.hosts, bearer) ??
    refuseRole(request, rules.tokens, access, caller) ??
    (changesState(request) ? (refuseForeignOrigin(request) ?? refuseOtherThanJson(request)) : undefined);
  return refusal === undefined ? { caller } : { refusal };
}

/**
 * Decides about a request that brings telemetry, whose content types are the receiver's own matter: Host, role and
 * Origin.
 *
 * @param request - Its headers; the body isn't touched.
 * @param rules - Those of the receiver.
 */
export function guardIngest(request: IncomingMessage, rules: GuardRules): Decision {
  const caller = rules.tokens.authenticate(request.headers.authorization);
  const refusal =
    refuseForeignHost(request, rules.hosts, caller) ??
    refuseRole(request, rules.tokens, 'ingest', caller) ??
    (changesState(request) ? refuseForeignOrigin(request) : undefined);
  return refusal === undefined ? { caller } : { refusal };
}

/** Whether the method may change something (RFC 9110 §9.2.1): all that aren't known to be safe. */
function changesState({ method }: IncomingMessage): boolean {
  return method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS';
}

/**
 * Refuses a foreign name as Host, which is how DNS rebinding shows, with 421: the listener won't answer for that name
 * (RFC 9110 §15.5.20). No Host at all is no browser. Beyond loopback a listener may have names that it doesn't know,
 * and a bearer token is what a rebound page can't have: with one, any name will do.
 *
 * @param caller - Who the request's bearer token belongs to.
 */
function refuseForeignHost(
  request: IncomingMessage,
  hosts: HostRule,
  caller: Caller | undefined,
): Problem | undefined {
  const [header, ...more] = request.headersDistinct.host ?? [];
  if (header === undefined) return undefined;
  const host = hostOf(header);
  if (host === undefined || more.length > 0)
    return problem(400, 'The Host header must be one host with or without a port.');
  if (hosts.allows(host) || (!hosts.isLoopback && caller !== undefined)) return undefined;
  const unless = hosts.isLoopback ? '' : ' without a valid token';
  const instead = `use ${hosts.example} or localhost${hosts.remedy}`;
  return problem(421, `The Host ${host} is not served here${unless}: ${instead}.`);
}

/**
 * Refuses a request whose token isn't enough: 401 where it has none that is known, 403 where its role may not. Without
 * tokens nobody needs one: then the listener is on loopback.
 *
 * @param caller - Who the request's bearer token belongs to.
 */
function refuseRole(
  request: IncomingMessage,
  tokens: Tokens,
  access: Access,
  caller: Caller | undefined,
): Problem | undefined {
  if (access === 'public' || tokens.isEmpty) return undefined;
  const challenge = 'Bearer realm="agent-vitals"';
  if (caller === undefined) {
    const isUnknown = bearerToken(request.headers.authorization) !== undefined;
    const detail = isUnknown
      ? 'The bearer token is not known.'
      : `This needs a bearer token of role ${access}: send "Authorization: Bearer <token>".`;
    return problem(401, detail, {
      'WWW-Authenticate': isUnknown ? `${challenge}, error="invalid_token"` : challenge,
    });
  }
  if (roleIncludes(caller.role, access)) return undefined;
  return problem(403, `This needs a token of role ${access}: the role of this one is ${caller.role}.`, {
    'WWW-Authenticate': `${challenge}, error="insufficient_scope"`,
  });
}

/**
 * Refuses what a browser sends from another origin than the listener's own. Programs that aren't browsers send neither
 * Origin nor Sec-Fetch-Site and pass; where both are there, both must agree (as OWASP's "Cross-Site Request Forgery
 * Prevention" and Go's `http.CrossOriginProtection` have it, the latter content with either). To be asked about
 * requests that change something, and about WebSocket upgrades, which no same-origin policy covers.
 */
export function refuseForeignOrigin(request: IncomingMessage): Problem | undefined {
  const { origin, host } = request.headers;
  const fetchSite = request.headers['sec-fetch-site'];
  if (fetchSite !== undefined && fetchSite !== 'same-origin' && fetchSite !== 'none') {
    return problem(
      403,
      `The request must come from this origin or from no page: Sec-Fetch-Site is ${fetchSite}.`,
    );
  }
  if (origin === undefined) return undefined;
  // A browser that vouches for the same origin has compared the schemes; a proxy may speak TLS in front of us.
  const scheme = (request.socket as TLSSocket).encrypted === true ? 'https:' : 'http:';
  const sent = URL.canParse(origin) ? new URL(origin) : undefined;
  const own =
    sent === undefined ? '' : `${fetchSite === 'same-origin' ? sent.protocol : scheme}//${host ?? ''}`;
  if (
    sent !== undefined &&
    URL.canParse(own) &&
    sent.origin === new URL(own).origin &&
    sent.origin !== 'null'
  ) {
    return undefined;
  }
  return problem(
    403,
    `The request must come from this origin or from no page: its Origin is ${origin.slice(0, 200)}.`,
  );
}

/**
 * Refuses a body that isn't JSON with 415: a form of another site can send any type but this one without asking first.
 */
function refuseOtherThanJson(request: IncomingMessage): Problem | undefined {
  const {
    'content-type': contentType,
    'content-length': length,
    'transfer-encoding': encoding,
  } = request.headers;
  const hasBody = encoding !== undefined || (length !== undefined && length !== '0');
  if (contentType === undefined && !hasBody) return undefined;
  if (/^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/i.test(contentType ?? '')) return undefined;
  return problem(
    415,
    `The body must be application/json: current value is ${contentType?.slice(0, 200) ?? 'missing'}.`,
    {
      Accept: 'application/json',
    },
  );
}
