// The API key, where the server wants one. Kept for this tab only.

const NAME = 'millrace.key';

export class KeyDialog {
  #dialog = document.getElementById('key-dialog');
  #field = document.getElementById('key-value');
  #change = document.getElementById('key');
  #asking = null;

  constructor() {
    document.getElementById('key-cancel').addEventListener('click', () => this.#dialog.close(''));
    document.getElementById('key-form').addEventListener('submit', () => {
      this.#keep(this.#field.value.trim());
      this.#dialog.returnValue = 'given';
    });
    this.#change.addEventListener('click', () => this.ask());
    this.#change.hidden = !this.value();
  }

  value() {
    try {
      return sessionStorage.getItem(NAME) ?? '';
    } catch {
      return '';
    }
  }

  /** Asks for a key; resolves to whether one was given. Several callers share one question. */
  ask() {
    this.#asking ??= new Promise((resolve) => {
      this.#field.value = '';
      this.#dialog.returnValue = '';
      this.#dialog.addEventListener(
        'close',
        () => {
          this.#asking = null;
          resolve(this.#dialog.returnValue === 'given');
        },
        { once: true },
      );
      this.#dialog.showModal();
    });
    return this.#asking;
  }

  #keep(key) {
    try {
      sessionStorage.setItem(NAME, key);
    } catch {
      // no storage: it is asked for again
    }
    this.#change.hidden = !key;
  }
}
