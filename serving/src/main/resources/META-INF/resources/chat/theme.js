// Before the page is painted: the theme that was chosen here last, else the system's.
try {
  const chosen = localStorage.getItem('millrace.theme');
  if (chosen === 'dark' || chosen === 'light') {
    document.documentElement.dataset.theme = chosen;
  }
} catch {
  // no storage: the system's theme it is
}
