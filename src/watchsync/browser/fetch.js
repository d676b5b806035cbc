// Fetch one page from inside the open one, and answer what the capture makes of it: a line of JSON that holds
// status and headers, then the captured text, none of whose quotes has to be escaped once more.
// The word below stands for the capture, a function of a page's HTML.
async ([url, milliseconds, largest]) => {
  const capture = CAPTURE;
  const answer = await fetch(url, {credentials: 'include', signal: AbortSignal.timeout(milliseconds)});
  const parts = [];
  let size = 0;
  for (const reader = answer.body?.getReader(); reader;) {
    const {done, value} = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > largest) { await reader.cancel(); throw new Error('far larger than any list'); }
    parts.push(value);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) { bytes.set(part, at); at += part.byteLength; }
  const text = new TextDecoder().decode(bytes);
  const head = {status: answer.status, url: answer.url, headers: Object.fromEntries(answer.headers)};
  return JSON.stringify(head) + '\n' + capture(text);
}
