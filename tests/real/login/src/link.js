// What is behind # moves into the form, and out of the address.
const form = document.forms[0];
[form.elements.id.value, form.elements.token.value] = location.hash.slice(1).split(/\.(.*)/s);
history.replaceState(null, "", location.pathname);
