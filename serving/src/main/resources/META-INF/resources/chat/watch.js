// Says when the server, or something behind it, is away, and when it is back.

const CALM = 15_000;
const WORRIED = 2_500;

// How often it is looked at closely after a request has failed: a fault shows a moment later.
const CLOSE_LOOKS = 4;

export class Watch {
  #api;
  #notice;
  #spoken;
  #away = '';
  #timer = 0;
  #close = 0;
  #ready = () => {};

  constructor(api, notice, spoken) {
    this.#api = api;
    this.#notice = notice;
    this.#spoken = spoken;
  }

  /** Called when the server is back. */
  onReady(then) {
    this.#ready = then;
  }

  start() {
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) {
        this.look();
      }
    });
    addEventListener('online', () => this.look());
    addEventListener('offline', () => this.look());
    this.look();
  }

  /** A request has just failed. */
  worry() {
    this.#close = CLOSE_LOOKS;
    this.look();
  }

  /** Looks now, and again after a while. */
  async look() {
    clearTimeout(this.#timer);
    let reason = '';
    try {
      const response = await fetch('/health', { cache: 'no-store', credentials: 'omit' });
      if (!response.ok) {
        const body = await response.json().catch(() => ({}));
        reason = body.error?.message ?? `The server answered with status ${response.status}.`;
      }
    } catch {
      reason = 'Millrace does not answer.';
    }
    this.#become(reason);
    const worried = reason || this.#close > 0;
    this.#close = Math.max(0, this.#close - 1);
    clearTimeout(this.#timer); // of another look at the same time
    if (!document.hidden || worried) {
      this.#timer = setTimeout(() => this.look(), worried ? WORRIED : CALM);
    }
  }

  #become(reason) {
    if (reason === this.#away) {
      return;
    }
    const back = this.#away && !reason;
    this.#away = reason;
    this.#notice.hidden = !reason;
    this.#notice.textContent = reason
      ? `${sentence(reason)} Trying again every few seconds; what you wrote is kept.`
      : '';
    if (back) {
      this.#spoken.textContent = 'Everything answers again.';
      this.#ready();
    }
  }
}

function sentence(text) {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
