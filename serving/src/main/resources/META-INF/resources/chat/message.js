// How one message looks.
import { render } from './markdown.js';
import { draw, iconButton } from './icons.js';

const COPIED = 1_500;

/** What the user wrote. */
export function questionView(message) {
  const item = element('li', 'message user');
  item.append(unseen('You'), element('div', 'bubble', message.content));
  return item;
}

/** An answer, which may still be in the making. */
export class AnswerView {
  #answer;
  #actions;
  #content = element('div', 'content');
  #thoughts = element('details', 'more');
  #thoughtText = element('div', 'thoughts');
  #steps = element('details', 'more');
  #sources = element('ul', 'sources');
  #note = element('p', 'error');
  #row = element('div', 'actions');
  #frame = 0;

  /**
   * @param actions { cite, copy, retry, rate, quotes }
   */
  constructor(answer, actions) {
    this.#answer = answer;
    this.#actions = actions;
    this.item = element('li', 'message assistant');
    this.#thoughts.append(element('summary', '', 'Thoughts'), this.#thoughtText);
    this.item.append(
      unseen('Answer'),
      this.#byline(),
      this.#thoughts,
      this.#content,
      this.#note,
      this.#sources,
      this.#steps,
      this.#row,
    );
    this.#draw();
  }

  /** Shows what has come since; at most once a frame. */
  update(then) {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
      then();
    });
  }

  /** Shows it as it is now, at once. */
  finish(isLast) {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#draw();
    this.#buttons(isLast);
  }

  #byline() {
    const line = element('p', 'byline');
    this.name = line;
    return line;
  }

  #draw() {
    const answer = this.#answer;
    const waiting = answer.writing && !answer.content;
    this.name.textContent =
      answer.model + (answer.version === undefined ? '' : ` · version ${answer.version}`);
    this.item.classList.toggle('writing', Boolean(answer.writing));
    this.item.ariaBusy = String(Boolean(answer.writing));
    this.#content.replaceChildren(
      waiting
        ? element('span', 'waiting', 'Looking…')
        : render(
            answer.content,
            answer.citations,
            this.#actions.quotes(answer.model),
            this.#actions.cite,
          ),
    );
    this.#thoughts.hidden = !answer.reasoning;
    this.#thoughtText.textContent = answer.reasoning;
    this.#note.hidden = !answer.error && !answer.note;
    this.#note.textContent = answer.error ?? answer.note ?? '';
    this.#list();
    this.#timings();
  }

  /** One line for each source, in the order of the answer. */
  #list() {
    const numbers = new Map();
    for (const citation of this.#answer.citations) {
      if (!numbers.has(citation.number)) {
        numbers.set(citation.number, citation);
      }
    }
    this.#sources.hidden = numbers.size === 0;
    this.#sources.replaceChildren(
      ...[...numbers.values()].map((citation) => {
        const item = element('li');
        const button = element('button', 'source-line');
        button.type = 'button';
        button.append(element('span', 'chip', String(citation.number)), citation.title);
        button.addEventListener('click', () => this.#actions.cite(citation));
        item.append(button);
        return item;
      }),
    );
  }

  #timings() {
    const steps = this.#answer.steps;
    this.#steps.hidden = steps.length === 0 || Boolean(this.#answer.writing);
    if (this.#steps.hidden) {
      return;
    }
    const table = element('table');
    table.append(
      row('th', 'Step', 'Milliseconds', 'Passages', ''),
      ...steps.map((s) => row('td', s.step, s.millis.toFixed(1), s.passages, s.note ?? '')),
    );
    const scroll = element('div', 'scroll');
    scroll.append(table);
    this.#steps.replaceChildren(element('summary', '', 'How this was found'), scroll);
  }

  #buttons(isLast) {
    const answer = this.#answer;
    const buttons = [];
    if (answer.content) {
      const copy = iconButton('copy', 'Copy', async () => {
        const done = await this.#actions.copy(answer);
        draw(copy, done ? 'done' : 'copy');
        setTimeout(() => draw(copy, 'copy'), COPIED);
      });
      buttons.push(copy);
    }
    if (isLast) {
      buttons.push(iconButton('retry', 'Answer again', () => this.#actions.retry()));
    }
    if (answer.content && !answer.error) {
      buttons.push(...this.#thumbs());
    }
    this.#row.replaceChildren(...buttons);
  }

  #thumbs() {
    const answer = this.#answer;
    const up = iconButton('up', 'Good answer', () => this.#rate(true));
    const down = iconButton('down', 'Bad answer', () => this.#complain());
    up.ariaPressed = String(answer.rating === 'up');
    down.ariaPressed = String(answer.rating === 'down');
    this.#mark = () => {
      up.ariaPressed = String(answer.rating === 'up');
      down.ariaPressed = String(answer.rating === 'down');
    };
    return [up, down];
  }

  #mark = () => {};

  async #rate(good, comment = '') {
    const failed = await this.#actions.rate(this.#answer, good, comment);
    this.#mark();
    this.#row.querySelector('.said')?.remove();
    const said = element('span', 'said', failed || 'Thank you.');
    said.role = 'status';
    this.#row.append(said);
  }

  /** Asks what was wrong before the thumb down is sent; that may be left empty. */
  #complain() {
    if (this.#row.querySelector('form')) {
      return;
    }
    const form = element('form', 'complaint');
    const field = element('input');
    field.maxLength = 2000;
    field.placeholder = 'What was wrong? (optional)';
    field.ariaLabel = 'What was wrong? (optional)';
    const send = element('button', 'plain', 'Send');
    const cancel = element('button', 'plain', 'Cancel');
    cancel.type = 'button';
    cancel.addEventListener('click', () => form.remove());
    form.append(field, send, cancel);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      form.remove();
      this.#rate(false, field.value.trim());
    });
    this.#row.append(form);
    field.focus();
  }
}

function row(kind, ...cells) {
  const line = element('tr');
  line.append(...cells.map((cell) => element(kind, '', String(cell))));
  return line;
}

function unseen(text) {
  return element('span', 'unseen', text);
}

function element(name, className = '', text = '') {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}
