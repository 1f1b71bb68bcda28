// The conversation on the screen: asks, shows answers as they come, stops, asks again.
import { ApiError } from './api.js';
import { addChunk, asMessages, emptyAnswer } from './answer.js';
import { copyText } from './clipboard.js';
import { newId } from './conversations.js';
import { AnswerView, questionView } from './message.js';

const NEAR_THE_END = 120;

export class Talk {
  #api;
  #conversations;
  #models;
  #sources;
  #watch;
  #spoken;
  #place = document.getElementById('talk');
  #list = document.getElementById('messages');
  #welcome = document.getElementById('welcome');
  #conversation;
  #running = null;
  #listeners = [];

  constructor({ api, conversations, models, sources, watch, spoken }) {
    this.#api = api;
    this.#conversations = conversations;
    this.#models = models;
    this.#sources = sources;
    this.#watch = watch;
    this.#spoken = spoken;
    this.#conversation = conversations.begin();
  }

  /** Called whenever an answer begins or ends, and when another conversation is shown. */
  onChange(listener) {
    this.#listeners.push(listener);
  }

  get busy() {
    return this.#running !== null;
  }

  get conversationId() {
    return this.#conversation.id;
  }

  /** Shows a conversation; an answer in the making is stopped. */
  show(conversation) {
    this.stop();
    this.#conversation = conversation;
    const last = conversation.messages.findLast((message) => message.role === 'assistant');
    if (last) {
      this.#models.choose(last.model);
    }
    this.#drawAll();
    this.#place.scrollTop = this.#place.scrollHeight;
    this.#changed();
  }

  begin() {
    this.show(this.#conversations.begin());
  }

  /** Asks; resolves when the answer is complete, stopped or failed. */
  async ask(text) {
    if (this.busy) {
      return;
    }
    this.#conversation.messages.push({ id: newId(), role: 'user', content: text });
    this.#drawAll();
    await this.#answer();
  }

  /** Asks the last question again; the answer to it is replaced. */
  async retry() {
    const messages = this.#conversation.messages;
    if (this.busy || messages.at(-1)?.role !== 'assistant') {
      return;
    }
    messages.pop();
    this.#drawAll();
    await this.#answer();
  }

  stop() {
    this.#running?.abort();
  }

  async #answer() {
    const conversation = this.#conversation;
    const running = new AbortController();
    const model = this.#models.chosen();
    const answer = emptyAnswer(newId(), model);
    const messages = asMessages(conversation.messages);
    this.#conversations.save(conversation); // what was asked is not lost with the page
    answer.writing = true;
    conversation.messages.push(answer);
    const view = this.#add(answer);
    this.#running = running;
    this.#changed();
    this.#follow(true);
    try {
      await this.#api.stream(
        '/v1/chat/completions',
        { model, messages, debug: true, ...this.#models.wish() },
        running.signal,
        (chunk) => {
          addChunk(answer, chunk);
          view.update(() => this.#follow(false));
        },
      );
      this.#spoken.textContent = 'The answer is complete.';
    } catch (error) {
      this.#ended(answer, error);
    }
    delete answer.writing;
    this.#running = null;
    this.#conversations.save(conversation);
    if (conversation === this.#conversation) {
      const near = this.#isNearTheEnd();
      view.finish(true);
      this.#follow(near);
    }
    this.#changed();
  }

  #ended(answer, error) {
    if (error.name === 'AbortError') {
      answer.note = 'Stopped.';
      this.#spoken.textContent = 'Stopped.';
      return;
    }
    answer.error = error instanceof ApiError ? error.message : `This page failed: ${error.message}`;
    if (error.retryAfter) {
      answer.error += ` (${error.retryAfter} s)`;
    }
    this.#spoken.textContent = answer.error;
    if (error.away) {
      this.#watch.worry();
    }
    if (!(error instanceof ApiError)) {
      console.error(error);
    }
  }

  #drawAll() {
    this.#list.replaceChildren();
    const messages = this.#conversation.messages;
    this.#welcome.hidden = messages.length > 0;
    messages.forEach((message, i) => {
      if (message.role === 'user') {
        this.#list.append(questionView(message));
      } else {
        this.#add(message).finish(i === messages.length - 1);
      }
    });
  }

  #add(answer) {
    const view = new AnswerView(answer, {
      cite: (citation) => this.#sources.open(citation),
      copy: (message) => copyText(message.content),
      retry: () => this.retry(),
      rate: (message, good, comment) => this.#rate(message, good, comment),
      quotes: (model) => this.#models.quotes(model),
    });
    this.#list.append(view.item);
    return view;
  }

  /** Sends a thumb; resolves to what went wrong, or to nothing. */
  async #rate(answer, good, comment) {
    const messages = this.#conversation.messages;
    const body = {
      conversation_id: this.#conversation.id,
      message_id: answer.id,
      model: answer.model,
      messages: asMessages(messages.slice(0, messages.indexOf(answer))),
      answer: answer.content,
      rating: good ? 'up' : 'down',
    };
    if (answer.version !== undefined) {
      body.version = answer.version;
    }
    if (comment) {
      body.comment = comment;
    }
    try {
      await this.#api.post('/v1/feedback', body);
    } catch (error) {
      return `Not sent: ${error.message}`;
    }
    answer.rating = good ? 'up' : 'down';
    this.#conversations.save(this.#conversation);
    return '';
  }

  #isNearTheEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#place;
    return scrollHeight - scrollTop - clientHeight < NEAR_THE_END;
  }

  /** Keeps the end in sight, unless somebody has scrolled away from it. */
  #follow(always) {
    if (always || this.#isNearTheEnd()) {
      this.#place.scrollTop = this.#place.scrollHeight;
    }
  }

  #changed() {
    this.#listeners.forEach((listener) => listener());
  }
}
