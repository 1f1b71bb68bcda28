// The passage that a citation points to, highlighted in the text of its document.

const AROUND = 2_500;

export class SourcePanel {
  #api;
  #dialog = document.getElementById('source');
  #title = document.getElementById('source-title');
  #where = document.getElementById('source-where');
  #notice = document.getElementById('source-notice');
  #text = document.getElementById('source-text');
  #original = document.getElementById('source-original');
  #opened = 0;

  constructor(api) {
    this.#api = api;
    document.getElementById('source-close').addEventListener('click', () => this.#dialog.close());
    this.#dialog.addEventListener('click', (event) => {
      if (event.target === this.#dialog) {
        this.#dialog.close(); // beside it
      }
    });
  }

  /** Opens the document at the citation's passage. */
  async open(citation) {
    const turn = ++this.#opened;
    this.#title.textContent = citation.title;
    this.#where.textContent = citation.document_id;
    this.#text.replaceChildren(status('Loading…'));
    this.#say('');
    this.#link(citation.uri);
    if (!this.#dialog.open) {
      this.#dialog.showModal();
    }
    try {
      const shown = await this.#find(citation);
      if (turn === this.#opened) {
        this.#show(citation, shown);
      }
    } catch (error) {
      if (turn === this.#opened) {
        this.#text.replaceChildren();
        this.#say(
          error.status === 404
            ? 'This document is not there any more, or it is not open to you.'
            : error.message,
        );
      }
    }
  }

  /** The text around the range, or, after a change, around the quote where it stands now. */
  async #find(citation) {
    const { start, end, revision, document_id: id } = citation;
    try {
      const passage = await this.#passage(id, Math.max(0, start - AROUND), end + AROUND, revision);
      return { passage, start, end, changed: false };
    } catch (error) {
      if (error.status !== 409) {
        throw error;
      }
    }
    const passage = await this.#passage(id);
    const at = passage.text.indexOf(citation.quote);
    return { passage, start: at, end: at + citation.quote.length, changed: true };
  }

  #passage(id, start, end, revision) {
    const query = new URLSearchParams();
    if (revision !== undefined) {
      query.set('start', start);
      query.set('end', end);
      query.set('revision', revision);
    }
    return this.#api.get(`/v1/documents/${encodeURIComponent(id)}/passage?${query}`);
  }

  #show(citation, { passage, start, end, changed }) {
    const from = start - passage.start;
    const to = end - passage.start;
    const found = start >= 0 && from >= 0 && to <= passage.text.length;
    if (changed) {
      this.#say(
        found
          ? 'The document has changed since; the passage still stands in it.'
          : 'The document has changed since, and the passage is not in it any more.',
      );
    }
    if (!found) {
      this.#text.replaceChildren(passage.text.slice(0, 2 * AROUND));
      return;
    }
    const mark = document.createElement('mark');
    mark.textContent = passage.text.slice(from, to);
    const first = Math.max(0, from - AROUND);
    const last = Math.min(passage.text.length, to + AROUND);
    this.#text.replaceChildren(
      ...(passage.start + first > 0 ? [status('Earlier text is left out.')] : []),
      passage.text.slice(first, from),
      mark,
      passage.text.slice(to, last),
    );
    this.#where.textContent =
      `${citation.document_id}, revision ${passage.revision}, ` +
      `characters ${start.toLocaleString('en')} to ${end.toLocaleString('en')}`;
    mark.scrollIntoView({ block: 'center' });
  }

  /** Only addresses of the web are links: a document may name anything. */
  #link(uri) {
    let address = null;
    try {
      address = new URL(uri ?? '');
    } catch {
      // a path of this server, or nothing
    }
    const web = address && ['http:', 'https:'].includes(address.protocol);
    this.#original.hidden = !web;
    if (web) {
      this.#original.href = address.href;
    } else {
      this.#original.removeAttribute('href');
    }
  }

  #say(text) {
    this.#notice.textContent = text;
    this.#notice.hidden = !text;
  }
}

function status(text) {
  const element = document.createElement('p');
  element.className = 'aside';
  element.textContent = text;
  return element;
}
