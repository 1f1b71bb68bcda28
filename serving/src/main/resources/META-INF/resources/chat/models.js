// Who can answer, and whether a generating model is given the documents.

const CHOSEN = 'millrace.model';
const QUOTES = 'extractive';

export class Models {
  #api;
  #select;
  #row;
  #box;
  #known = new Map();
  #shown = '';

  constructor(api, select, row, box) {
    this.#api = api;
    this.#select = select;
    this.#row = row;
    this.#box = box;
    select.addEventListener('change', () => this.#changed(true));
    select.addEventListener('focus', () => this.load()); // what is published changes meanwhile
    box.addEventListener('change', () => keep(`millrace.documents.${this.chosen()}`, box.checked));
  }

  /** Reads the list; what was chosen stays chosen. Without an answer the last list stays. */
  async load() {
    let list;
    try {
      list = await this.#api.get('/v1/models');
    } catch {
      return; // the notice says that the server is away
    }
    // only what answers has this field: embedding models are listed, too
    const answering = list.data.filter((model) => model.millrace);
    const before = this.chosen() || kept(CHOSEN);
    this.#known = new Map(answering.map((model) => [model.id, model]));
    const shown = JSON.stringify(answering.map((model) => model.millrace));
    if (shown === this.#shown) {
      return; // a list that is open stays as it is
    }
    this.#shown = shown;
    this.#select.replaceChildren(...answering.map(option));
    this.#select.value = this.#known.has(before) ? before : (answering[0]?.id ?? '');
    this.#changed(false);
  }

  chosen() {
    return this.#select.value;
  }

  choose(id) {
    if (this.#known.has(id)) {
      this.#select.value = id;
      this.#changed(false);
    }
  }

  /** True for the model whose answers are quotes: text, not Markdown. */
  quotes(id) {
    return id === QUOTES;
  }

  /** What the request says about documents; nothing where there is no choice. */
  wish() {
    return this.#chooses(this.chosen()) ? { documents: this.#box.checked } : {};
  }

  /** False for the model that knows nothing but documents, and for those that cannot read them. */
  #chooses(id) {
    return !this.quotes(id) && this.#known.get(id)?.millrace.documents !== false;
  }

  #changed(byUser) {
    const id = this.chosen();
    if (byUser) {
      keep(CHOSEN, id);
    }
    this.#row.hidden = !id || !this.#chooses(id);
    this.#box.checked = kept(`millrace.documents.${id}`) !== 'false';
    this.#select.title = this.#known.get(id)?.millrace.reason ?? '';
  }
}

function title(model) {
  const version = model.millrace.version;
  const state = model.millrace.ready === false ? ' (away)' : '';
  return model.id + (version == null ? '' : ` · version ${version}`) + state;
}

function option(model) {
  const element = document.createElement('option');
  element.value = model.id;
  element.textContent = title(model);
  element.title = model.millrace.reason ?? '';
  return element;
}

function kept(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function keep(name, value) {
  try {
    localStorage.setItem(name, String(value));
  } catch {
    // it lasts as long as the page
  }
}
