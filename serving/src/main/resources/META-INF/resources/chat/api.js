// The server's API: JSON, and answers as they stream. Errors are ApiError with a sentence to show.

export class ApiError extends Error {
  constructor(message, status = 0, retryAfter = 0) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }

  /** True when nothing answered at all, or the server said that it cannot now. */
  get away() {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

const UNREACHABLE = 'Millrace does not answer. It may be restarting, or the connection is gone.';

export class Api {
  #keys;

  constructor(keys) {
    this.#keys = keys;
  }

  get(path, signal) {
    return this.#send(path, { signal }).then((response) => response.json());
  }

  post(path, body, signal) {
    return this.#send(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      signal,
    });
  }

  /**
   * Streams an answer: calls `onChunk` with each object that comes.
   * Resolves when the server has said that it is complete.
   */
  async stream(path, body, signal, onChunk) {
    const response = await this.post(path, { ...body, stream: true }, signal);
    let ended = false;
    try {
      for await (const data of events(response.body)) {
        if (data === '[DONE]') {
          ended = true;
          break;
        }
        const chunk = JSON.parse(data);
        if (chunk.error) {
          throw new ApiError(chunk.error.message ?? 'The answer failed.', 500);
        }
        onChunk(chunk);
      }
    } catch (error) {
      if (error instanceof ApiError || error.name === 'AbortError') {
        throw error;
      }
      throw new ApiError('The connection broke before the answer was complete.');
    }
    if (!ended) {
      throw new ApiError('The answer broke off before it was complete.');
    }
  }

  async #send(path, options, again = true) {
    const headers = new Headers(options.headers);
    const key = this.#keys.value();
    if (key) {
      headers.set('Authorization', `Bearer ${key}`);
    }
    let response;
    try {
      response = await fetch(path, { ...options, headers, credentials: 'omit' });
    } catch (error) {
      if (error.name === 'AbortError') {
        throw error;
      }
      throw new ApiError(UNREACHABLE);
    }
    if (response.status === 401 && again && (await this.#keys.ask())) {
      return this.#send(path, options, false);
    }
    if (!response.ok) {
      throw await failure(response);
    }
    return response;
  }
}

async function failure(response) {
  let message = `The server answered with status ${response.status}.`;
  try {
    message = (await response.json()).error?.message ?? message;
  } catch {
    // not JSON: something between us and the server answered
  }
  return new ApiError(message, response.status, Number(response.headers.get('Retry-After')) || 0);
}

/** The data of server-sent events. */
async function* events(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let held = '';
  try {
    while (true) {
      const { value, done } = await reader.read();
      if (done) {
        return;
      }
      held += value;
      const lines = held.split(/\r?\n/);
      held = lines.pop();
      for (const line of lines) {
        if (line.startsWith('data:')) {
          yield line.slice(5).trim();
        }
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
