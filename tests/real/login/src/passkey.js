// Forms that end a passkey's ceremony. They either carry what the browser is to sign, or say where to fetch it.
for (const form of document.querySelectorAll("form[data-options], form[data-begin]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { begin, options } = form.dataset;
    const asked = options ? JSON.parse(options) : await (await fetch(begin, { method: "POST" })).json();
    const { publicKey } = asked.options;
    const credential = form.dataset.new
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
    form.elements.id.value = asked.id;
    form.elements.credential.value = JSON.stringify(credential.toJSON());
    form.submit();
  });
}
