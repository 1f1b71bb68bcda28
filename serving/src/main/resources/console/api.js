// The one way to the server: with the key where there is one, with the header that changes need.

const KEY = 'millrace-key';
const HEADER = {'X-Millrace-Console': '1'};

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export const setKey = key => sessionStorage.setItem(KEY, key);

function headers(more = {}) {
  const key = sessionStorage.getItem(KEY);
  return key ? {...more, Authorization: `Bearer ${key}`} : more;
}

async function answer(response) {
  if (response.ok) return response;
  let message = `${response.status} ${response.statusText}`;
  try {
    message = (await response.json()).error.message;
  } catch {
    // no body of ours: the status must do
  }
  throw new Refused(response.status, message);
}

function address(path, query) {
  const text = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== '' && value !== null && value !== undefined)).toString();
  return path + (text ? '?' + text : '');
}

export async function get(path, query = {}, signal = undefined) {
  return (await answer(await fetch(address(path, query), {headers: headers(), signal}))).json();
}

export async function post(path, body) {
  return (await answer(await fetch(path, {method: 'POST', headers: headers({...HEADER, 'Content-Type': 'application/json'}), body: JSON.stringify(body)}))).json();
}

/**
 * Server-sent events, read by hand: EventSource cannot send a key. Ends with the stream, or when
 * the signal says so.
 */
export async function events(path, query, signal, onEvent) {
  const response = await answer(await fetch(address(path, query), {headers: headers({Accept: 'text/event-stream'}), signal}));
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const {done, value} = await reader.read();
    if (done) return;
    const parts = (rest + value).split('\n\n');
    rest = parts.pop();
    for (const part of parts) {
      const data = part.split('\n').filter(line => line.startsWith('data:')).map(line => line.slice(5).trimStart()).join('\n');
      if (data) onEvent(JSON.parse(data));
    }
  }
}
