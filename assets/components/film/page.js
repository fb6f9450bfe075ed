// A page without a server: the film in it.
const packed = document.getElementById('packed').textContent;
const data = Uint8Array.from(atob(packed), c => c.charCodeAt(0));
const mounted = {data, parentElement: document.querySelector('main')};
let end = film(mounted);
window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { end(); end = film(mounted); });
