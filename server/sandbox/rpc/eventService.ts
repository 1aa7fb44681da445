import type { JsonObject } from '@bufbuild/protobuf';
import { type Timestamp, timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { ConnectRouter } from '@connectrpc/connect';
import {
  EventsService,
  type ListEventsPaginatedRequest,
  ObjectType,
} from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/events/events_pb.js';
import type { Environment } from '../environment.js';
import type { EventCursor, EventQuery, LoggedEvent } from '../webhooks/eventLog.js';
import { timestamp } from '../webhooks/webhookEvents.js';
import { defaultPageSize } from './pageTokens.js';
import { invalidField } from './rpcErrors.js';

/** As the SDK says of production: more are not refused. */
const mostPerPage = 100;

const tokenOf = (cursor: EventCursor) => Buffer.from(JSON.stringify(cursor)).toString('base64');

function cursorOf(pageToken: string): EventCursor {
  if (pageToken === '') return {};
  try {
    const { before, after } = JSON.parse(Buffer.from(pageToken, 'base64').toString()) as EventCursor;
    if (Number.isSafeInteger(before)) return { before: Number(before) };
    if (Number.isSafeInteger(after)) return { after: Number(after) };
  } catch {
    // All malformed tokens get the same answer, below.
  }
  throw invalidField('page_token', 'is not a page token of this listing');
}

const textOf = ({ seconds, nanos }: Timestamp) => timestamp(seconds * 1_000_000_000n + BigInt(nanos));

function queryOf({ filter }: ListEventsPaginatedRequest): EventQuery {
  return {
    ...(filter && { types: filter.eventTypes }),
    ...(filter?.startTime && { from: textOf(filter.startTime) }),
    ...(filter?.endTime && { until: textOf(filter.endTime) }),
    ...(filter?.connectionId && { connectionId: filter.connectionId }),
    ...(filter?.connectedAccountId && { accountId: filter.connectedAccountId }),
  };
}

/** With all nanoseconds of the time. */
function toTimestamp(time: string): Timestamp {
  const whole = timestampFromMs(Date.parse(`${time.slice(0, 19)}Z`));
  return { ...whole, nanos: Number(time.slice(20, 29)) };
}

/**
 * `EventsService.ListEventsPaginated`, with the environment's events of connected accounts. What production puts into
 * `data` is not described; the descriptors' comment names `{id, object_type, data}`, and the settings have both shapes.
 */
export function eventService(environment: Environment) {
  function toMessage({ event }: LoggedEvent) {
    const { nestedData, ownIds } = environment.eventLogSettings;
    const data = event.data as unknown as JsonObject;
    return {
      specVersion: event.spec_version,
      id: ownIds ? event.id.replace('evt_', 'evt_log_') : event.id,
      type: event.type,
      occurredAt: toTimestamp(event.occurred_at),
      environmentId: event.environment_id,
      object: ObjectType.ConnectedAccount,
      data: nestedData ? { id: event.data.id, object_type: event.object, data } : data,
      displayName: event.type,
    };
  }

  return (router: ConnectRouter) =>
    router.service(EventsService, {
      listEventsPaginated(request) {
        const limit = Math.min(request.pageSize || defaultPageSize, mostPerPage);
        const cursor = cursorOf(request.pageToken);
        const { events, hasOlder, hasNewer } = environment.events.page(queryOf(request), cursor, limit);
        const [newest, oldest] = [events.at(0)?.sequence, events.at(-1)?.sequence];
        return {
          events: events.map(toMessage),
          nextPageToken: hasOlder && oldest !== undefined ? tokenOf({ before: oldest }) : '',
          prevPageToken: hasNewer && newest !== undefined ? tokenOf({ after: newest }) : '',
        };
      },
    });
}
