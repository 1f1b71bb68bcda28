// The conversations of before.
import { iconButton } from './icons.js';

export class Sidebar {
  #conversations;
  #talk;
  #composer;
  #side = document.getElementById('side');
  #menu = document.getElementById('menu');
  #shade = document.getElementById('shade');
  #list = document.getElementById('past');
  #forget = document.getElementById('forget');
  #narrow = matchMedia('(max-width: 800px)');

  constructor(conversations, talk, composer) {
    this.#conversations = conversations;
    this.#talk = talk;
    this.#composer = composer;
    document.getElementById('new').addEventListener('click', () => this.begin());
    this.#menu.addEventListener('click', () => this.#toggle(!this.#isOpen()));
    this.#shade.addEventListener('click', () => this.close());
    this.#forget.addEventListener('click', () => this.#forgetAll());
    this.#narrow.addEventListener('change', () => this.#toggle(false));
    talk.onChange(() => this.#draw());
    conversations.onChange(() => this.#draw());
    this.#toggle(false);
    this.#draw();
  }

  /** Shows the newest conversation, or an empty one. */
  openNewest() {
    const newest = this.#conversations.all()[0];
    if (newest) {
      this.#talk.show(newest);
    }
  }

  begin() {
    this.#talk.begin();
    this.close();
    this.#composer.focus();
  }

  /** Hides it where it covers the conversation. */
  close() {
    if (this.#isOpen()) {
      this.#toggle(false);
      this.#menu.focus();
    }
  }

  #isOpen() {
    return this.#narrow.matches && !this.#side.inert;
  }

  #toggle(open) {
    this.#side.inert = this.#narrow.matches && !open;
    this.#side.classList.toggle('open', open);
    this.#shade.hidden = !open;
    this.#menu.ariaExpanded = String(open);
    if (open) {
      document.getElementById('new').focus();
    }
  }

  #forgetAll() {
    if (confirm('Delete all conversations that this browser keeps?')) {
      this.#conversations.clear();
      this.begin();
    }
  }

  #draw() {
    const all = this.#conversations.all();
    this.#forget.hidden = all.length === 0;
    this.#list.replaceChildren(...all.map((one) => this.#item(one)));
  }

  #item(conversation) {
    const item = document.createElement('li');
    const open = document.createElement('button');
    open.type = 'button';
    open.className = 'conversation';
    open.textContent = conversation.title;
    if (conversation.id === this.#talk.conversationId) {
      open.ariaCurrent = 'true';
    }
    open.addEventListener('click', () => {
      this.#talk.show(conversation);
      this.close();
      this.#composer.focus();
    });
    const remove = iconButton('remove', `Delete: ${conversation.title}`, () => {
      this.#conversations.remove(conversation.id);
      if (conversation.id === this.#talk.conversationId) {
        this.#talk.begin();
      } else {
        this.#draw();
      }
    });
    item.append(open, remove);
    return item;
  }
}
