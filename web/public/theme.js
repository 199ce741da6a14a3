/* Sets the chosen theme before the first paint; lib/theme.ts writes what this reads. A file of its own because the page's policy allows no inline script. */
;(function () {
  try {
    var theme = localStorage.getItem('parlance.theme')
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
  } catch (_) {
    /* No storage: the system's theme it is. */
  }
})()
