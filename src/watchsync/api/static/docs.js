// Draw the description. Search would need a worker made of a blob, which the page's policy does not allow.
const place = document.getElementById("docs");
Redoc.init(place.dataset.description, { disableSearch: true, nativeScrollbars: true }, place);
