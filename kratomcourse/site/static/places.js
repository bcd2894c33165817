/* Which place someone means: a town, state or country, also misspelt, or in a sentence. Needs place-names.js, which is
   loaded when it is first asked for. Used by the law finder and by the search. */
(function () {
  "use strict";
  const plain = (text) => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f.'\u2019]/g, "").replace(/[^\p{L}\p{N}]+/gu, " ")
    .replace(/\bsaint\b/g, "st").replace(/\bfort\b/g, "ft").replace(/\bmount\b/g, "mt").trim();
  // Words that people type around a place.
  const AROUND = new Set("a about ban banned bans bring buy buying can carry carrying city county crime do for have i illegal in into is it law laws legal legality me my near of on possess possession rules sale sell selling shop state status still take the there to town travel use what where with you your".split(" "));
  // Towns whose names are words of the course: only with their state.
  const WORDS = new Set("reading mobile independence normal commerce enterprise concord orange liberty hope federal surprise".split(" "));
  let known = null;

  function read() {
    if (known || !window.coursePlaces) return known;
    const { rows, towns, aliases, regions: parts, others, around } = window.coursePlaces;
    for (const word of around.split(" ")) AROUND.add(word);
    const places = new Map(rows.map(([id, name, state, says, newest]) => [id, { id, name, state, says, newest, isState: id.startsWith("us-") }]));
    const names = new Map(); // plain name -> [{ place, name, town }]
    const add = (key, entry) => { if (!names.has(key)) names.set(key, []); if (!names.get(key).some((other) => other.place === entry.place)) names.get(key).push(entry); };
    const regions = new Map(); // plain name of a state or country -> place
    for (const place of places.values()) {
      if (place.id.startsWith("ul-")) {
        const bare = place.name.replace(/, ..$/, "");
        add(plain(bare), { place, name: place.name });
        continue;
      }
      add(plain(place.name), { place, name: place.name });
      regions.set(plain(place.name), place);
    }
    for (const [list, within] of [[aliases, false], [parts, true]])
      for (const one of list.split(";")) {
        const [name, id] = one.split(",");
        const place = places.get(id);
        if (!place) continue;
        add(plain(name), { place, name: within ? `${name}, ${place.name}` : place.name, town: within ? name : "" });
        if (name.length > 2) regions.set(plain(name), place);
      }
    towns.split(";").forEach((one, rank) => {
      const [name, id] = one.split(",");
      const place = places.get(id);
      const mine = place && [...places.values()].find((other) => other.id.startsWith("ul-") && other.state === place.state && plain(other.name.replace(/, ..$/, "")) === plain(name));
      if (place && !mine) add(plain(name), { place, name: `${name}, ${place.name}`, town: name, rank });
    });
    for (const name of others.split(";")) add(plain(name), { place: null, name });
    return (known = { places, names, regions, keys: [...names.keys()] });
  }

  // Edits between two words, neighbours exchanged counting as one; more than `most` are not counted on.
  function distance(one, other, most) {
    if (Math.abs(one.length - other.length) > most) return most + 1;
    let before = [], last = Array.from({ length: other.length + 1 }, (_, at) => at);
    for (let row = 1; row <= one.length; row += 1) {
      const line = [row];
      for (let column = 1; column <= other.length; column += 1) {
        const same = one[row - 1] === other[column - 1] ? 0 : 1;
        line[column] = Math.min(last[column] + 1, line[column - 1] + 1, last[column - 1] + same);
        if (row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]) line[column] = Math.min(line[column], before[column - 2] + 1);
      }
      if (Math.min(...line) > most) return most + 1;
      before = last;
      last = line;
    }
    return last[other.length];
  }
  const edits = (word) => (word.length < 4 ? 0 : word.length < 7 ? 1 : 2);
  function near(word, keys) {
    let best = [], least = edits(word);
    if (!least) return best;
    for (const key of keys) {
      if (key.length < 4 || (key[0] !== word[0] && key[1] !== word[1])) continue;
      const far = distance(word, key, least);
      if (far < least) [best, least] = [[], far];
      if (far === least) best.push(key);
    }
    return best;
  }
  const largestFirst = (found) => [...found].sort((one, other) => (one.rank ?? -1) - (other.rank ?? -1));

  // The state or country that a query names besides a town, and what is left of it.
  function regionOf(query, words) {
    for (let length = Math.min(4, words.length); length; length -= 1)
      for (let at = words.length - length; at >= 0; at -= 1) {
        const place = known.regions.get(words.slice(at, at + length).join(" "));
        if (place) return { place, rest: [...words.slice(0, at), ...words.slice(at + length)] };
      }
    const last = words.at(-1) || "";
    const place = last.length === 2 && known.places.get(`us-${last}`);
    const meant = place && (new RegExp(`,\\s*${last}\\.?\\s*$`, "i").test(query) || new RegExp(`\\b${last.toUpperCase()}\\b`).test(query)
      || (known.names.get(words.slice(0, -1).join(" ")) || []).some((entry) => entry.place && entry.place.state === place.state));
    return meant ? { place, rest: words.slice(0, -1) } : null;
  }
  function inRegion(region, rest) {
    const there = (key) => (known.names.get(key) || []).filter((entry) => entry.place && entry.place !== region && (entry.place.state === region.state && region.state) || (entry.town && entry.place === region));
    const asked = rest.join(" ");
    const keys = known.keys.filter((key) => there(key).length);
    const exact = there(asked);
    const found = exact.length ? exact : near(asked, keys).flatMap(there);
    return found.length ? found : null;
  }

  /* { found: [{ place, name, town }], exact, asked }: what a text names. `place` is null for a country without a row; `town` is
     what lies in the place. Several where a name is that of several places; `exact` is false for the nearest spelling. */
  window.courseFindPlaces = (query, { typing = false, strict = false } = {}) => {
    if (!read()) return { found: [], exact: false, asked: "" };
    query = query.replace(/\b7[-\u2011 ]?oh\b/gi, " "); // OH is Ohio
    const all = plain(query).split(" ").filter(Boolean);
    const whole = all.join(" ");
    const result = (found, exact, asked) => ({ found: largestFirst(found), exact, asked });
    if (!whole) return result([], false, "");
    if (whole.length === 2) {
      const state = known.places.get(`us-${whole}`);
      const named = (known.names.get(whole) || []).filter((entry) => !state || entry.place !== state);
      if (state && !strict) return result([{ place: state, name: state.name }, ...named], true, whole);
      return result(named, true, whole);
    }
    if (known.names.has(whole) && !(strict && WORDS.has(whole))) return result(known.names.get(whole), true, whole);
    const region = regionOf(query.trim(), all);
    if (region) {
      const rest = region.rest.filter((word) => !AROUND.has(word));
      if (!rest.length) return result([{ place: region.place, name: region.place.name }], true, whole);
      const within = inRegion(region.place, rest);
      if (within) return result(within, true, rest.join(" "));
      if (!strict) return result([{ place: region.place, name: region.place.name, unknown: rest.join(" ") }], true, whole);
      return result([{ place: region.place, name: region.place.name }], true, whole);
    }
    const words = all.filter((word) => !AROUND.has(word));
    const asked = words.join(" ");
    if (!asked) return result([], false, whole);
    const only = strict && (words.length !== all.length || words.length > 3);
    for (let length = Math.min(4, words.length); length; length -= 1)
      for (let at = 0; at + length <= words.length; at += 1) {
        const key = words.slice(at, at + length).join(" ");
        if (known.names.has(key) && (length === words.length || !strict) && !(strict && WORDS.has(key))) return result(known.names.get(key), true, key);
      }
    if (typing || strict) {
      const begins = known.keys.filter((key) => key.startsWith(asked) && (!strict || (asked.length > 3 && known.regions.has(key))));
      if (begins.length) return result(begins.flatMap((key) => known.names.get(key)), true, asked);
    }
    if (strict && (only || asked.length < 5)) return result([], false, asked);
    const keys = strict ? [...known.regions.keys()] : known.keys;
    let close = near(asked, keys);
    // A state or country is meant rather than a town that is spelt as nearly.
    if (close.some((key) => known.regions.has(key))) close = close.filter((key) => known.regions.has(key));
    return result(close.flatMap((key) => known.names.get(key)), false, asked);
  };

  let coming = null;
  // Loads the names once; the promise says whether they came.
  window.courseLoadPlaces = (address) => (coming ||= new Promise((done) => {
    const script = document.createElement("script");
    script.src = address;
    script.dataset.awaited = "";
    script.addEventListener("load", () => done(true));
    script.addEventListener("error", () => { coming = null; done(false); });
    document.head.append(script);
  }));
})();
