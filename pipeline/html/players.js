// Players: each sound stands on the page once, as an audio element with an id. A picture plays the sound
// beside it; a picture with data-sound plays the one that stands elsewhere under that id.
const views = new Map(); // picture -> what plays and pauses it

function soundOf(picture) {
  const place = picture.dataset.sound ? document.getElementById(picture.dataset.sound) : picture.parentElement;
  return place ? place.querySelector("audio") : null;
}

function addView(picture) {
  const player = soundOf(picture);
  if (!player) return;
  const name = player.getAttribute("aria-label");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "play";
  const playhead = document.createElement("span");
  playhead.className = "playhead";
  playhead.setAttribute("aria-hidden", "true");
  picture.append(button, playhead);
  const lag = Number(picture.dataset.lag) || 0; // seconds by which the picture is moved to the left
  const show = (isPlaying) => {
    picture.classList.toggle("is-playing", isPlaying);
    button.setAttribute("aria-label", `${isPlaying ? "Pause" : "Play"}: ${name}`);
  };
  const follow = () => {
    if (!picture.classList.contains("is-playing")) return;
    const whole = Number(picture.dataset.seconds) || player.duration; // a picture may show more than is played
    const share = whole ? (player.currentTime - lag) / whole : 0;
    playhead.style.transform = `translateX(${share * picture.clientWidth}px)`;
    requestAnimationFrame(follow);
  };
  const toggle = () => {
    if (!player.paused && player.seenAt === picture) return player.pause();
    for (const other of players) if (other !== player) other.pause();
    if (player.seenAt && player.seenAt !== picture) {
      player.pause();
      player.currentTime = 0;
    }
    player.seenAt = picture; // several pictures may show one sound: the playhead moves in the one clicked
    return player.play().catch(() => {});
  };
  player.addEventListener("play", () => {
    show((player.seenAt || picture) === picture);
    follow();
  });
  for (const end of ["pause", "ended"]) player.addEventListener(end, () => show(false));
  picture.addEventListener("click", toggle);
  show(false);
  views.set(picture, toggle);
}

const players = [...document.querySelectorAll("audio")];
for (const player of players) {
  player.addEventListener("play", () => {
    for (const other of players) if (other !== player) other.pause();
  });
}

// What stands elsewhere on the page is shown beside a card as well: the same picture, the same sound.
for (const picture of document.querySelectorAll(".picture[data-sound]")) {
  const place = document.getElementById(picture.dataset.sound);
  const image = place ? place.querySelector(".picture img") : null;
  if (image) {
    const copy = new Image(image.width, image.height);
    copy.src = image.src;
    copy.alt = image.alt;
    picture.append(copy);
    const axes = image.parentElement.querySelector(".axes");
    const drawn = [copy];
    if (axes) {
      drawn.push(axes.cloneNode(true));
      picture.append(drawn[1]);
    }
    picture.dataset.seconds = image.parentElement.dataset.seconds || "";
    const moved = -100 * (Number(picture.dataset.lag) || 0) / Number(picture.dataset.seconds);
    if (moved) for (const part of drawn) part.style.transform = `translateX(${moved}%)`;
  } else {
    picture.remove();
  }
}
for (const picture of document.querySelectorAll(".picture")) addView(picture);

// A marked part of a recording is played from shortly before it.
const SECONDS_BEFORE = 0.2;
for (const button of document.querySelectorAll("button.from")) {
  const picture = button.closest(".view").querySelector(".picture");
  const player = picture && soundOf(picture);
  if (!player) continue;
  button.addEventListener("click", () => {
    for (const other of players) if (other !== player) other.pause();
    player.seenAt = picture;
    player.currentTime = Math.max(0, Number(button.dataset.start) - SECONDS_BEFORE);
    player.play().catch(() => {});
  });
}
