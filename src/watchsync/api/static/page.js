"use strict";
// The page's life: ask -> follow the sync -> show the list, or what to do instead.

const $ = (id) => document.getElementById(id);
const STAGES = ["waiting", "opening", "reading", "enriching", "storing"];
const PREVIEW = 18;
let current = document.body.dataset.ref;
let stream = null;

const ADVICE = {
  private: ["This list is private", [
    "Open the list on IMDb while signed in.",
    "Choose Edit, then Settings, and set Privacy to Public.",
    "Come back and press Try again.",
  ]],
  "not-titles": ["This list holds no titles", [
    "Only films and series can be played.",
    "Open your watchlist on imdb.com, copy its address and paste it above.",
  ]],
  "not-found": ["No such list on IMDb", [
    "Open your watchlist on imdb.com and copy the address of that page.",
    "Paste it into the field above.",
  ]],
  blocked: ["IMDb is refusing this server", [
    "There is nothing you need to do: we stay away for a while and then try again.",
    "You can install the addon now; the list appears once IMDb answers.",
  ]],
  cancelled: ["This sync was cancelled", ["Press Try again to start another one."]],
  other: ["The list could not be read", [
    "Press Try again in a minute.",
    "If it stays so, tell whoever runs this server.",
  ]],
};
const BLOCKED = ["challenge", "captcha", "refused", "throttled", "cooling-down", "sign-in", "origin-refusal"];

function show(id) {
  for (const name of ["syncing", "failure", "done"]) $(name).hidden = name !== id;
  document.body.classList.add("at-work");
  $("why").hidden = true;
  $(id).scrollIntoView({block: "nearest"});
}

function complain(text) {
  $("problem").textContent = text || "";
  $("problem").hidden = !text;
  if (text) $("list").setAttribute("aria-invalid", "true");
  else $("list").removeAttribute("aria-invalid");
}

async function json(address, options) {
  const answer = await fetch(address, options);
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.detail || body.title || `The server answered ${answer.status}.`);
  return body;
}

async function sync(listRef, force) {
  complain("");
  stopFollowing();
  busy(true);
  try {
    const answer = await json("/api/sync", {
      method: "POST",
      headers: {"Content-Type": "application/json"},
      body: JSON.stringify({listRef, forceRefresh: force}),
    });
    current = answer.listRef || shortRef(listRef);
    history.replaceState(null, "", `/${encodeURIComponent(current)}/configure`);
    if (answer.status === "completed") await showList();
    else follow(answer.jobId);
  } catch (error) {
    complain(error.message);
  } finally {
    busy(false);
  }
}

// The server reads any address; this only finds the short form to go on with.
function shortRef(text) {
  const path = text.trim().replace(/[?#].*$/, "");
  const found = /(?:^|\/user\/)(ur\d+|p\.[a-z0-9]+)(-ratings$|\/ratings)?|(?:^|\/list\/)(ls\d+)/i.exec(path);
  if (!found) return path;
  return (found[3] || found[1] + (found[2] ? "-ratings" : "")).toLowerCase();
}

function busy(is) {
  for (const id of ["go", "refresh", "again"]) $(id).disabled = is;
}

function stopFollowing() {
  if (stream) stream.close();
  stream = null;
}

function follow(jobId) {
  progress({status: "pending"});
  show("syncing");
  stream = new EventSource(`/api/sync/${encodeURIComponent(jobId)}/events`);
  stream.addEventListener("progress", (event) => progress(JSON.parse(event.data)));
  stream.addEventListener("completed", () => { stopFollowing(); showList().catch(broken); });
  stream.addEventListener("failed", (event) => { stopFollowing(); fail(JSON.parse(event.data)); });
  stream.onerror = () => {
    // The browser reconnects by itself unless the server refused.
    if (stream && stream.readyState === EventSource.CLOSED) { stopFollowing(); poll(jobId); }
  };
}

async function poll(jobId) {
  try {
    const job = await json(`/api/sync/${encodeURIComponent(jobId)}`);
    if (job.status === "completed") return await showList();
    if (job.status === "failed" || job.status === "cancelled") return fail(job);
    progress(job);
    setTimeout(() => poll(jobId), 3000);
  } catch (error) { broken(error); }
}

function progress(job) {
  const detail = job.progressDetail || {stage: "waiting", done: 0, total: null};
  const at = Math.max(0, STAGES.indexOf(detail.stage));
  document.querySelectorAll(".steps li").forEach((step, index) => {
    step.className = index < at ? "past" : index === at ? "now" : "";
  });
  const share = detail.total ? Math.min(1, detail.done / detail.total) : null;
  const percent = Math.round(({waiting: 2, opening: 6, reading: 10, enriching: 55, storing: 97}[detail.stage] || 2)
    + (share || 0) * ({reading: 45, enriching: 40}[detail.stage] || 0));
  $("bar").classList.toggle("unknown", share === null && detail.stage !== "storing");
  $("bar-fill").style.width = "";
  if (share !== null || detail.stage === "storing") $("bar-fill").style.width = `${percent}%`;
  $("bar").setAttribute("aria-valuenow", percent);
  $("count").textContent = share === null ? "" : `${Math.round(share * 100)} %`;
  const waiting = job.error ? `${job.error.message}` : "Waiting for a free worker…";
  $("sentence").textContent = job.progress || waiting;
}

function fail(job) {
  const error = job.error || {code: job.status, message: ""};
  const kind = BLOCKED.includes(error.code) ? "blocked" : ADVICE[error.code] ? error.code : "other";
  const [title, steps] = ADVICE[kind];
  $("failure-title").textContent = title;
  $("failure-text").textContent = ["blocked", "other"].includes(kind) ? error.message : "";
  $("failure-steps").replaceChildren(...steps.map((text) => element("li", "", text)));
  $("failure-open").href = imdbAddress(current);
  show("failure");
}

function broken(error) {
  fail({status: "failed", error: {code: "other", message: error.message}});
}

function imdbAddress(ref) {
  if (ref.startsWith("ls")) return `https://www.imdb.com/list/${ref}/`;
  const ratings = ref.endsWith("-ratings");
  return `https://www.imdb.com/user/${ref.replace("-ratings", "")}/${ratings ? "ratings" : "watchlist"}/`;
}

async function showList() {
  const list = await json(`/api/lists/${encodeURIComponent(current)}`);
  $("name").textContent = list.name;
  $("fresh").textContent = `${howMuch(list)}Read ${ago(list.fetchedAt)} ${source(list.strategy)}` + (list.freshness === "fresh" ? "" : ", a refresh is due");
  $("fresh").title = new Date(list.fetchedAt).toLocaleString();
  $("dot").classList.toggle("stale", list.freshness !== "fresh" || !isWhole(list));
  $("n-titles").textContent = number(list.titles);
  $("n-movies").textContent = number(list.movies);
  $("n-series").textContent = number(list.series);
  const left = leftOut(list);
  $("left").textContent = left;
  $("left").hidden = !left;
  $("install").href = list.installUrl;
  $("address").textContent = list.manifestUrl;
  show("done");
  await preview();
}

function isWhole(list) {
  return ["complete", "settled"].includes(list.completeness);
}

// A part is called a part, and what nobody can tell is not called whole.
function howMuch(list) {
  if (list.bound) return `The first ${number(list.bound)} of ${number(list.total)} rows. `;
  if (list.completeness === "settled") return `${number(list.rows)} of ${number(list.total)} rows; IMDb does not show ${number(list.missing)}. `;
  if (list.completeness === "partial") return `${number(list.rows)} of ${number(list.total)} rows arrived; we look again soon. `;
  return list.completeness === "unknown" ? "Maybe not the whole list: IMDb did not say how long it is. " : "";
}

function source(strategy) {
  return {
    page: "from IMDb's page",
    "remote-page": "from IMDb's page by a remote browser",
    graphql: "from IMDb's data service",
  }[strategy] || "";
}

const KINDS = {
  videoGame: ["video game", "video games"], musicVideo: ["music video", "music videos"],
  podcastSeries: ["podcast", "podcasts"], podcastEpisode: ["podcast episode", "podcast episodes"],
  tvEpisode: ["episode of an unknown series", "episodes of unknown series"],
  unknown: ["entry without a title", "entries without a title"],
  "type-unknown": ["title of unknown type", "titles of unknown type"], nameless: ["title without a name", "titles without a name"],
};

function leftOut(list) {
  const parts = Object.entries(list.leftOut).filter(([, count]) => count).map(([type, count]) => {
    const [one, many] = KINDS[type] || [`${type} entry`, `${type} entries`];
    return `${number(count)} ${count === 1 ? one : many}`;
  });
  const said = [];
  if (parts.length) said.push(`Left out: ${parts.join(", ")}.`);
  if (list.foldedEpisodes) said.push(`${number(list.foldedEpisodes)} more episodes count as their series.`);
  if (list.duplicates) said.push(`${number(list.duplicates)} duplicates.`);
  if (list.unenriched) said.push(`${number(list.unenriched)} still wait for their poster.`);
  return said.join(" ");
}

// Says so while the workers leave IMDb alone.
async function sites() {
  const health = await (await fetch("/health", {cache: "no-store"})).json();
  const {used, ...ways} = health.checks.imdb || {};
  const barred = Object.entries(ways).filter(([, state]) => state && state !== "healthy");
  if (!barred.length) return;
  const open = Object.keys(ways).length > barred.length;
  const rest = open ? "Lists are read another way meanwhile." : "Lists that were read before stay available.";
  const told = barred.map(([name, state]) => `${name}: ${state}`).join("; ");
  $("barred").textContent = `IMDb is refusing this server (${told}). ${rest}`;
  $("barred").hidden = false;
}

async function preview() {
  const sort = $("sort").value;
  const id = encodeURIComponent(`${current}-all`);
  const catalog = await json(`/${encodeURIComponent(current)}/catalog/imdb/${id}/sort=${sort}.json`, {cache: "no-cache"});
  $("posters").replaceChildren(...catalog.metas.slice(0, PREVIEW).map(poster));
}

function poster(meta, index) {
  const item = element("li", `poster tint-${index % 5}`);
  const frame = element("div", "frame", meta.name);
  if (meta.poster) {
    const image = element("img");
    image.alt = "";
    image.loading = "lazy";
    image.referrerPolicy = "no-referrer";
    image.onerror = () => image.remove();
    image.src = meta.poster;
    frame.append(image);
  }
  if (meta.imdbRating) frame.append(element("span", "star", `★ ${meta.imdbRating}`));
  const facts = [meta.releaseInfo, meta.type === "series" ? "Series" : meta.runtime && meta.runtime.replace("m", " min")];
  const name = element("b", "", meta.name);
  name.title = meta.name;
  item.append(frame, name, element("small", "", facts.filter(Boolean).join(" · ")));
  return item;
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function number(value) { return value.toLocaleString(); }

function ago(moment) {
  const seconds = (Date.now() - new Date(moment)) / 1000;
  if (seconds < 60) return "just now";
  const words = new Intl.RelativeTimeFormat("en", {numeric: "auto"});
  if (seconds < 3600) return words.format(-Math.round(seconds / 60), "minute");
  if (seconds < 86400 * 2) return words.format(-Math.round(seconds / 3600), "hour");
  return words.format(-Math.round(seconds / 86400), "day");
}

async function copy() {
  const text = $("address").textContent;
  try {
    await navigator.clipboard.writeText(text);
    $("copy").textContent = "Copied";
    setTimeout(() => { $("copy").textContent = "Copy address"; }, 2000);
  } catch {
    // Without permission the address is at least selected.
    getSelection().selectAllChildren($("address"));
  }
}

$("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const given = $("list").value.trim();
  if (!given) return complain("Paste the address of your IMDb watchlist first.");
  sync(given, false);
});
$("refresh").addEventListener("click", () => sync(current, true));
$("again").addEventListener("click", () => sync(current, true));
$("copy").addEventListener("click", copy);
$("sort").addEventListener("change", () => preview().catch(broken));
if (current) sync(current, false);
sites().catch(() => { /* the page works without this note */ });
