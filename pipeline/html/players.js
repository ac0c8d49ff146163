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
  const show = (isPlaying) => {
    picture.classList.toggle("is-playing", isPlaying);
    button.setAttribute("aria-label", `${isPlaying ? "Pause" : "Play"}: ${name}`);
  };
  const follow = () => {
    if (!picture.classList.contains("is-playing")) return;
    const whole = Number(picture.dataset.seconds) || player.duration; // a picture may show more than is played
    const share = whole ? player.currentTime / whole : 0;
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
    if (axes) picture.append(axes.cloneNode(true));
    picture.dataset.seconds = image.parentElement.dataset.seconds || "";
  } else {
    picture.remove();
  }
}
for (const picture of document.querySelectorAll(".picture")) addView(picture);
