// Conversations, kept in this browser and nowhere else.
import { restored } from './answer.js';

const NAME = 'millrace.conversations';
const MOST = 60;
const LONGEST_TITLE = 60;

/** A random name; `crypto.randomUUID` is missing where the page came over plain HTTP. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export class Conversations {
  #all;
  #listeners = [];

  constructor() {
    this.#all = read() ?? [];
    addEventListener('storage', (event) => {
      if (event.key === NAME || event.key === null) {
        this.#all = read() ?? this.#all;
        this.#listeners.forEach((listener) => listener());
      }
    });
  }

  /** Called when another tab has changed them. */
  onChange(listener) {
    this.#listeners.push(listener);
  }

  /** Newest first. */
  all() {
    return [...this.#all].sort((a, b) => b.changed - a.changed);
  }

  get(id) {
    return this.#all.find((one) => one.id === id);
  }

  /** A new one, kept once something is said in it. */
  begin() {
    return { id: newId(), title: '', changed: Date.now(), messages: [] };
  }

  save(conversation) {
    conversation.changed = Date.now();
    const first = conversation.messages.find((message) => message.role === 'user');
    conversation.title = brief(first?.content ?? 'Conversation');
    this.#all = [...this.#others(conversation.id), conversation];
    this.#write();
  }

  remove(id) {
    this.#all = this.#others(id);
    this.#write();
  }

  /** What is kept now, by other tabs too, but for one. */
  #others(id) {
    return (read() ?? this.#all).filter((one) => one.id !== id);
  }

  clear() {
    this.#all = [];
    this.#write();
  }

  /** The oldest go where there is no room for all. */
  #write() {
    let kept = this.all().slice(0, MOST);
    while (true) {
      try {
        localStorage.setItem(NAME, JSON.stringify(kept));
        break;
      } catch {
        if (kept.length === 0) {
          return; // no storage at all: they last as long as the page
        }
        kept = kept.slice(0, Math.floor(kept.length / 2));
      }
    }
    this.#all = kept;
  }
}

/** What the browser keeps; null where it keeps nothing. */
function read() {
  let kept;
  try {
    kept = localStorage.getItem(NAME);
  } catch {
    return null;
  }
  try {
    return list(JSON.parse(kept ?? '[]'))
      .filter(isConversation)
      .map((one) => ({ ...one, messages: one.messages.map(restored) }));
  } catch {
    return []; // not what was written here
  }
}

function list(value) {
  return Array.isArray(value) ? value : [];
}

function isConversation(one) {
  return (
    typeof one?.id === 'string' &&
    typeof one.title === 'string' &&
    Number.isFinite(one.changed) &&
    Array.isArray(one.messages) &&
    one.messages.every((m) => typeof m?.content === 'string' && typeof m.role === 'string')
  );
}

function brief(text) {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > LONGEST_TITLE ? `${line.slice(0, LONGEST_TITLE)}…` : line;
}
